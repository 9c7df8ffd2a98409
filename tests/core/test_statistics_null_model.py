"""F20: the null model keeps what it promises to keep."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from melflow.core.statistics.null_model import Arrangements, arrange, reciprocity_draws, weighted_reciprocity
from melflow.core.statistics.proportions import Floats

_TIE = st.tuples(st.integers(0, 5), st.integers(0, 5)).filter(lambda tie: tie[0] != tie[1])
_TIES = st.lists(_TIE, min_size=1, max_size=30)
#: All exchanges with one partner, or with one of two: random arrangements are full of loops.
_STAR = st.lists(st.tuples(st.just(0), st.integers(1, 5), st.booleans()), min_size=1, max_size=40)
_HUBS = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 5), st.booleans()), min_size=1, max_size=40)


def _totals(who: np.ndarray, amount: Floats) -> Floats:
    return np.stack([np.bincount(row, weights, 6) for row, weights in zip(who, amount, strict=True)])


def _assert_kept(ties: list[tuple[int, int]], amounts: list[float]) -> Arrangements:
    giver, receiver = np.array(ties, dtype=np.int32).T
    amount = np.array(amounts)
    found = arrange(giver, receiver, amount, 20, np.random.default_rng(3))
    largest = amount.sum()
    assert _totals(found.giver, found.amount) == pytest.approx(
        np.tile(np.bincount(giver, amount, 6), (20, 1)), abs=1e-9 * largest
    )
    assert _totals(found.receiver, found.amount) == pytest.approx(
        np.tile(np.bincount(receiver, amount, 6), (20, 1)), abs=1e-9 * largest
    )
    assert found.amount[found.giver == found.receiver].sum() <= 1e-9 * largest
    assert np.all(found.amount >= 0)
    return found


@settings(deadline=None)
@given(_TIES, st.data())
def test_arrange__keeps_totals_without_loops(ties: list[tuple[int, int]], data: st.DataObject) -> None:
    """Should keep what everybody gives and receives, equal amounts or not, and let nobody give to itself."""
    _assert_kept(ties, [1.0] * len(ties))
    _assert_kept(ties, data.draw(st.lists(st.floats(0.1, 50), min_size=len(ties), max_size=len(ties))))


@settings(deadline=None)
@given(st.one_of(_STAR, _HUBS), st.data())
def test_arrange__one_partner_in_everything(ends: list[tuple[int, int, bool]], data: st.DataObject) -> None:
    """Should find arrangements also where nearly every random one has loops."""
    ties = [(hub, other) if out else (other, hub) for hub, other, out in ends if hub != other] or [(0, 1)]
    _assert_kept(ties, [1.0] * len(ties))
    _assert_kept(ties, data.draw(st.lists(st.floats(0.1, 50), min_size=len(ties), max_size=len(ties))))


@settings(deadline=None)
@given(_TIES, st.data())
def test_weighted_reciprocity__as_defined(ties: list[tuple[int, int]], data: st.DataObject) -> None:
    """Should be the sum of the smaller ways over the sum of all, in every draw."""
    amounts = data.draw(st.lists(st.sampled_from([0.5, 1.0, 2.0]), min_size=len(ties), max_size=len(ties)))
    giver, receiver = np.array(ties, dtype=np.int32).T
    found = arrange(giver, receiver, np.array(amounts), 5, np.random.default_rng(1))
    for row, value in enumerate(weighted_reciprocity(found)):
        flow = np.zeros((6, 6))
        np.add.at(flow, (found.giver[row], found.receiver[row]), found.amount[row])
        assert value == pytest.approx(np.minimum(flow, flow.T).sum() / flow.sum(), abs=1e-9)


def test_reciprocity_draws__all_arrangements_alike() -> None:
    """Should draw every arrangement without loops as often as any other: the mean is that of all of them."""
    giver, receiver = [0, 0, 1, 2, 3], [1, 2, 2, 3, 0]
    values = []
    for drawn in itertools.permutations(receiver):
        if all(a != b for a, b in zip(giver, drawn, strict=True)):
            flow = np.zeros((4, 4))
            np.add.at(flow, (giver, drawn), 1)
            values.append(np.minimum(flow, flow.T).sum() / 5)
    draws = reciprocity_draws(giver, receiver, np.ones(5), 20_000, np.random.default_rng(7))
    assert set(np.round(draws, 9)) == set(np.round(values, 9))
    assert draws.mean() == pytest.approx(np.mean(values), abs=0.01)


def test_reciprocity_draws__seed_decides() -> None:
    """Should be the same under the same seed, however many draws fit in memory, and another under another."""
    rng = np.random.default_rng(5)
    giver = rng.integers(0, 6, 80)
    receiver, amount = (giver + rng.integers(1, 6, 80)) % 6, rng.integers(1, 9, 80) / 2
    one, same, other = (
        reciprocity_draws(giver, receiver, amount, 50, np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    assert np.array_equal(one, same) and not np.array_equal(one, other)
    assert np.all((one >= 0) & (one <= 1))


@settings(deadline=None)
@given(_TIES, st.sampled_from([0.25, 2.0, 16.0]))
def test_reciprocity_draws__unit_does_not_matter(ties: list[tuple[int, int]], factor: float) -> None:
    """Should draw the same whatever the unit of the amounts."""
    giver, receiver = zip(*ties, strict=True)
    amount = np.arange(1, len(ties) + 1, dtype=float)
    one, other = (
        reciprocity_draws(giver, receiver, scale * amount, 10, np.random.default_rng(2)) for scale in (1.0, factor)
    )
    assert one == pytest.approx(other, abs=1e-9)


def test_reciprocity_draws__two_partners() -> None:
    """Should leave two partners their balance: they have nobody else."""
    draws = reciprocity_draws([0, 0, 0, 1], [1, 1, 1, 0], [1.0, 2.0, 1.0, 1.0], 100, np.random.default_rng(1))
    assert draws == pytest.approx(np.full(100, 2 / 5))
