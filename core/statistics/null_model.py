"""What weighted reciprocity would be by chance (F20): receivers permuted, everybody's totals kept.

Work is done on lists of exchanges, many draws at once; no matrix of partners is ever made. An arrangement is three
arrays of shape (draws, exchanges): giver, receiver, amount; an amount of 0 is no exchange.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from melflow.core.statistics.proportions import Floats

#: How the null is named in the marts.
NULL_MODEL = "receivers permuted over exchanges, out- and in-totals kept, no self-loops"
N_DRAWS = 1000
SEED = 20240701

_Ints = NDArray[np.int32]
_Places = NDArray[np.int64]
_CHUNK = 500_000  # exchanges in memory at a time, over all draws of a chunk
_BLIND_ROUNDS = 40  # swaps with any exchange; after these one that fits is looked for
_FEW_LOOPS = 0.005  # share of exchanges up to which taking loops away leaves the rest as random as it was
_MIXING_ROUNDS = 30
_NOTHING = 1e-12  # share of the total below which an amount is rounding


class Arrangements(NamedTuple):
    """Who gave what to whom in several draws, each of shape (draws, exchanges)."""

    giver: _Ints
    receiver: _Ints
    amount: Floats


def reciprocity_draws(
    givers: ArrayLike, receivers: ArrayLike, amounts: ArrayLike, n_draws: int, rng: np.random.Generator
) -> Floats:
    """F20: weighted reciprocity (F19) of random arrangements of the same exchanges.

    Each partner gives and receives as much as it did, in all; only who gave to whom is left to chance.

    Args:
        givers: Number of the giving partner, >= 0, shape (exchanges,).
        receivers: Number of the receiving partner, never the giver, shape (exchanges,).
        amounts: Amount of each exchange, > 0, in one unit, shape (exchanges,).
        n_draws: How many arrangements.
        rng: Source of chance.

    Returns:
        Weighted reciprocity of each draw, 0-1, shape (n_draws,).
    """
    giver, receiver = np.asarray(givers, dtype=np.int32), np.asarray(receivers, dtype=np.int32)
    amount = np.asarray(amounts, dtype=np.float64)
    size = max(1, _CHUNK // len(giver))
    found = [
        weighted_reciprocity(arrange(giver, receiver, amount, min(size, n_draws - start), rng))
        for start in range(0, n_draws, size)
    ]
    return np.concatenate(found)


def arrange(giver: _Ints, receiver: _Ints, amount: Floats, n_draws: int, rng: np.random.Generator) -> Arrangements:
    """Draw arrangements in which every partner keeps its totals and nobody gives to itself.

    What is given is laid end to end in random order, what is received is laid beside it in random order, and each
    overlap is what one gave to the other. Where all amounts are equal, this is a permutation of the receivers.

    The partner with the most flow comes first among the givers and last among the receivers: so it never meets itself.
    """
    flow = np.bincount(giver, amount, minlength=int(receiver.max()) + 1)
    busiest = int(np.argmax(flow + np.bincount(receiver, amount, minlength=len(flow))))
    gives, takes = giver == busiest, receiver == busiest
    giving = np.concatenate([_repeated(gives, n_draws), _shuffled(~gives, n_draws, rng)], axis=1)
    taking = np.concatenate([_shuffled(~takes, n_draws, rng), _repeated(takes, n_draws)], axis=1)
    least = _NOTHING * float(amount.sum())
    if not np.all(amount == amount[0]):
        return _without_loops(_overlaid(giver, receiver, amount, giving, taking), least, rng)
    found = Arrangements(giver[giving], receiver[taking], np.full(giving.shape, amount[0]))
    has_loops = float(np.mean(found.giver == found.receiver)) > _FEW_LOOPS
    found = _without_loops(found, least, rng)
    return _mixed(found, rng) if has_loops else found


def weighted_reciprocity(found: Arrangements) -> Floats:
    """F19 of every draw: 1 - sum of the net flow of each pair / sum of all flow, shape (draws,)."""
    giver, receiver, amount = found
    size = int(max(giver.max(), receiver.max())) + 1
    if 2 * size**2 > np.iinfo(np.int32).max:
        giver, receiver = giver.astype(np.int64), receiver.astype(np.int64)
    pair = np.minimum(giver, receiver) * size + np.maximum(giver, receiver)
    is_up = giver < receiver
    if np.all(amount == amount[0, 0]):  # sorting values is faster than sorting places
        packed = np.sort(2 * pair + is_up, axis=1)
        pair, signed = packed >> 1, np.where(packed & 1, amount[0, 0], -amount[0, 0])
    else:
        order = np.argsort(pair, axis=1)
        pair = np.take_along_axis(pair, order, axis=1)
        signed = np.take_along_axis(np.where(is_up, amount, -amount), order, axis=1)
    is_first = np.diff(pair, axis=1, prepend=-1) != 0
    starts = np.flatnonzero(is_first)
    net = np.abs(np.add.reduceat(signed.ravel(), starts))
    per_draw = np.bincount(starts // pair.shape[1], weights=net, minlength=len(pair))
    share: Floats = np.clip(1 - per_draw / amount.sum(axis=1), 0.0, 1.0)
    return share


def _repeated(chosen: NDArray[np.bool_], n_draws: int) -> _Places:
    places = np.flatnonzero(chosen)
    return np.broadcast_to(places, (n_draws, len(places)))


def _shuffled(chosen: NDArray[np.bool_], n_draws: int, rng: np.random.Generator) -> _Places:
    return rng.permuted(_repeated(chosen, n_draws), axis=1)


def _overlaid(giver: _Ints, receiver: _Ints, amount: Floats, giving: _Places, taking: _Places) -> Arrangements:
    """Return the overlaps of what is given and what is received, both laid end to end in the given orders."""
    size = len(giver)
    given, taken = np.cumsum(amount[giving], axis=1), np.cumsum(amount[taking], axis=1)
    taken[:, -1] = given[:, -1]  # the same sum, added in another order
    ends = np.concatenate([given, taken], axis=1)
    place = np.argsort(ends, axis=1, kind="stable")
    overlap = np.diff(np.take_along_axis(ends, place, axis=1), axis=1, prepend=0.0)
    is_given = place < size
    n_given: _Places = np.cumsum(is_given, axis=1) - is_given  # that ended before this overlap
    n_taken = np.arange(2 * size) - n_given
    at_giver = np.take_along_axis(giving, np.minimum(n_given, size - 1), axis=1)
    at_receiver = np.take_along_axis(taking, np.minimum(n_taken, size - 1), axis=1)
    return Arrangements(giver[at_giver], receiver[at_receiver], overlap)


def _without_loops(found: Arrangements, least: float, rng: np.random.Generator) -> Arrangements:
    """Swap the receivers of what somebody gave to itself with other exchanges of the draw, as far as amounts match."""
    rounds, cut = 0, list[tuple[_Places, Arrangements]]()
    while True:
        row, column = np.nonzero((found.giver == found.receiver) & (found.amount > least))
        if not row.size:
            return _with_columns(found, cut)
        if rounds < _BLIND_ROUNDS:
            other = rng.integers(0, found.giver.shape[1], row.size)
        else:
            found, cut = _with_columns(found, cut), []
            row, first = np.unique(row, return_index=True)
            column = column[first]
            other = _fitting(found, row, column, least, rng)
        partner = found.giver[row, column]
        is_apart = (found.giver[row, other] != partner) & (found.receiver[row, other] != partner)
        fits = is_apart & (found.amount[row, other] > least)
        row, column, other = _separate(row[fits], column[fits], other[fits], found.giver.shape[1])
        cut.append(_swap(found, row, column, other))
        rounds += 1


def _mixed(found: Arrangements, rng: np.random.Generator) -> Arrangements:
    """Swap receivers of random pairs of exchanges, by the toss of a coin and never into a loop.

    Taking loops away prefers some arrangements; these swaps do not, and make all of them alike.
    """
    giver, receiver, _ = found
    half = receiver.shape[1] // 2
    for _ in range(_MIXING_ROUNDS):
        place = rng.permutation(receiver.shape[1])
        one, other = place[:half], place[half : 2 * half]
        to_one, to_other = receiver[:, one], receiver[:, other]
        swaps = rng.random(to_one.shape, dtype=np.float32) < 0.5
        swaps &= (giver[:, one] != to_other) & (giver[:, other] != to_one)
        receiver[:, one] = np.where(swaps, to_other, to_one)
        receiver[:, other] = np.where(swaps, to_one, to_other)
    return found


def _fitting(found: Arrangements, row: _Places, column: _Places, least: float, rng: np.random.Generator) -> _Places:
    """Return, for one loop a draw, an exchange that has its partner on neither end; the totals promise there is one."""
    partner = found.giver[row, column][:, None]
    fits = (found.amount[row] > least) & (found.giver[row] != partner) & (found.receiver[row] != partner)
    chosen: _Places = np.argmax(rng.random(fits.shape) * fits, axis=1)
    return chosen


def _separate(row: _Places, column: _Places, other: _Places, width: int) -> tuple[_Places, _Places, _Places]:
    """Return the swaps that share no exchange with an earlier one of the same round."""
    used = np.stack([row * width + column, row * width + other], axis=1).ravel()
    _, first, place = np.unique(used, return_index=True, return_inverse=True)
    is_first = (first[place] == np.arange(used.size)).reshape(-1, 2).all(axis=1)
    return row[is_first], column[is_first], other[is_first]


def _swap(found: Arrangements, row: _Places, column: _Places, other: _Places) -> tuple[_Places, Arrangements]:
    """Swap receivers in place, for the smaller of both amounts; return what the larger one was cut for, by draw.

    A loop i-i and an exchange k-l become i-l and k-i.
    """
    loop, met = (row, column), (row, other)
    amount_loop, amount_met = found.amount[loop], found.amount[met]
    from_loop, from_met, to_met = found.giver[loop], found.giver[met], found.receiver[met]
    shorter, longer = amount_loop < amount_met, amount_loop > amount_met
    found.receiver[loop] = np.where(longer, from_loop, to_met)
    found.receiver[met] = np.where(shorter, to_met, from_loop)
    found.amount[loop] = np.where(longer, amount_loop - amount_met, amount_loop)
    found.amount[met] = np.where(shorter, amount_met - amount_loop, amount_met)
    is_cut = shorter | longer
    return row[is_cut], Arrangements(
        np.where(shorter, from_met, from_loop)[is_cut],
        np.where(shorter, from_loop, to_met)[is_cut],
        np.minimum(amount_loop, amount_met)[is_cut],
    )


def _with_columns(found: Arrangements, cut: list[tuple[_Places, Arrangements]]) -> Arrangements:
    """Return the arrangements with the exchanges that were cut off in further columns."""
    row = np.concatenate([row for row, _ in cut]) if cut else np.empty(0, dtype=np.int64)
    if not row.size:
        return found
    order = np.argsort(row, kind="stable")
    row = row[order]
    n_cut = np.bincount(row, minlength=len(found.giver))
    column = np.arange(row.size) - (np.cumsum(n_cut) - n_cut)[row]

    def joined(given: NDArray[Any], parts: list[NDArray[Any]]) -> NDArray[Any]:
        further = np.zeros((len(n_cut), n_cut.max()), dtype=given.dtype)
        further[row, column] = np.concatenate(parts)[order]
        return np.concatenate([given, further], axis=1)

    pieces = [piece for _, piece in cut]
    return Arrangements(
        joined(found.giver, [piece.giver for piece in pieces]),
        joined(found.receiver, [piece.receiver for piece in pieces]),
        joined(found.amount, [piece.amount for piece in pieces]),
    )
