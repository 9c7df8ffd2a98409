"""Which cells must be hidden so that no small one can be worked out from the others (F40 i, ii).

A cell may be the sum of other cells: its parts. Sums may be nested (alliance, country, partner) and hold in several
items at once (one number of respondents per topic); a cell is hidden in all of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

#: Why a cell is hidden: too few respondents, or a cell of too few could be worked out from it.
PRIMARY, COMPLEMENTARY = "primary", "complementary"
#: One of the two, and which is not said: of cells that add up the bounds of the reasons would tell the numbers.
EITHER = "either"
#: And where it is not hidden but agreed for a narrower audience: it may be nobody, too.
AUDIENCE = "audience"
#: More respondents than anybody has: an outsider knows no better upper bound.
MANY = 10**6
#: A number is pinned when an outsider knows it to within so many respondents.
WITHIN = 1


class Sums(NamedTuple):
    """Cells that add up.

    Attributes:
        n: Respondents, shape (cells, items); 0: the cell has no row there.
        parts: Number of a cell -> numbers of the cells it is the sum of.
    """

    n: Ints
    parts: Mapping[int, Sequence[int]]


def hide(sums: Sums, minimum: int) -> tuple[Flags, Flags]:
    """Hide the small cells, and then one cell after the other until none of the small ones can be worked out.

    The next cell to go is the one with the fewest respondents among those that help, sums last.

    Args:
        sums: Cells that add up.
        minimum: Fewest respondents of a published cell.

    Returns:
        Of each cell, whether it is too small, and whether it is hidden. Shape (cells,) each.
    """
    n = sums.n
    small: Flags = np.asarray(((n > 0) & (n < minimum)).any(axis=1) | ~(n > 0).any(axis=1))
    hidden = small.copy()
    if not small.any() or not sums.parts:
        return small, hidden
    while helpful := _helpful(sums, small, hidden, minimum):
        hidden[min(helpful, key=lambda cell: (cell in sums.parts, int(n[cell].max()), cell))] = True
    return small, hidden


def bounds(sums: Sums, small: Flags, hidden: Flags, minimum: int) -> tuple[Ints, Ints]:
    """Return what an outsider can know of every number of respondents: at least and at most, shape (cells, items).

    The outsider sees which cells have a row, the numbers that are not hidden and why the others are. Sums are nested,
    never crossed, so carrying each bound through every sum until nothing moves gives the narrowest ones.
    """
    n = sums.n
    there = n > 0
    closed = hidden[:, None] & there
    low = np.where(closed, np.where(small[:, None], 1, minimum), n)
    high = np.where(closed, np.where(small[:, None] & (n < minimum), minimum - 1, MANY), n)
    open_sums = [(total, list(of)) for total, of in sums.parts.items() if closed[[total, *of]].any()]
    sums_held = [(total, of, n[of].sum(axis=0) == n[total]) for total, of in open_sums]
    moved = True
    while moved:
        moved = False
        for total, of, holds in sums_held:
            least, most = low[of].sum(axis=0), high[of].sum(axis=0)
            for cells, lows, highs in (
                ([total], least[None], most[None]),
                (of, low[total] - (most - high[of]), high[total] - (least - low[of])),
            ):
                raised, lowered = holds & (lows > low[cells]), holds & (highs < high[cells])
                if raised.any() or lowered.any():
                    low[cells], high[cells] = np.where(raised, lows, low[cells]), np.where(lowered, highs, high[cells])
                    moved = True
    return low, high


def _helpful(sums: Sums, small: Flags, hidden: Flags, minimum: int) -> list[int]:
    """Return the shown cells one of which must go; none when nothing that is hidden can be worked out."""
    low, high = bounds(sums, small, hidden, minimum)
    pinned: Flags = np.asarray((hidden[:, None] & (sums.n > 0) & (high - low <= 2 * WITHIN)).any(axis=1))
    for total, parts in sums.parts.items():
        family = [total, *_below(sums, parts, hidden)]
        rest = _rest(sums, total, hidden)
        few = (rest > 0) & (rest < minimum)
        if (not hidden[total] and few.any()) or pinned[[total, *parts]].any():
            shown = [cell for cell in family if not hidden[cell]]
            if shown:
                return shown
    return []


def _rest(sums: Sums, cell: int, hidden: Flags) -> Ints:
    """Return how many respondents are left of a sum when everything shown below it is taken away, by item."""
    parts = [part for part in sums.parts[cell] if hidden[part]]
    left = [_rest(sums, part, hidden) if part in sums.parts else sums.n[part] for part in parts]
    return np.asarray(np.sum([np.zeros(sums.n.shape[1], dtype=np.int64), *left], axis=0))


def _below(sums: Sums, parts: Sequence[int], hidden: Flags) -> list[int]:
    """Return the parts, and those of hidden ones."""
    deeper = (_below(sums, sums.parts[part], hidden) for part in parts if hidden[part] and part in sums.parts)
    return [*parts, *chain.from_iterable(deeper)]


def as_sums(cells: Sequence[Mapping[str, Any]]) -> tuple[Sums, list[str]]:
    """Return rows with ``cell``, ``parent``, ``item`` and ``n`` as sums, with the names of the cells."""
    names = sorted({row["cell"] for row in cells})
    items = sorted({row["item"] for row in cells})
    place = {name: number for number, name in enumerate(names)}
    n = np.zeros((len(names), len(items)), dtype=np.int64)
    parts: dict[int, set[int]] = {}
    for row in cells:
        n[place[row["cell"]], items.index(row["item"])] = row["n"] or 0
        if row["parent"] in place:
            parts.setdefault(place[row["parent"]], set()).add(place[row["cell"]])
    return Sums(n, {total: sorted(of) for total, of in parts.items()}), names


def hidden_cells(cells: pl.DataFrame, minimum: int) -> pl.DataFrame:
    """Say of linked cells which to hide, and why.

    Args:
        cells: One row per cell and item: ``family``, ``unit`` (cells of one unit are linked), ``cell``, ``parent``
            (the cell it is a part of, or null), ``item`` and ``n``.
        minimum: Fewest respondents of a published cell.

    Returns:
        One row per hidden cell: family, unit, cell, hidden_because (``PRIMARY`` or ``COMPLEMENTARY``).
    """
    found: list[tuple[str, str, str, str]] = []
    for (family, unit), of in sorted(cells.partition_by("family", "unit", as_dict=True).items()):
        sums, names = as_sums(of.to_dicts())
        small, hidden = hide(sums, minimum)
        for number in np.flatnonzero(hidden):
            found.append((family, unit, names[number], PRIMARY if small[number] else COMPLEMENTARY))
    schema = dict.fromkeys(("family", "unit", "cell", "hidden_because"), pl.String)
    return pl.DataFrame(found, schema=schema, orient="row")
