"""What an outsider can work out who has seen everything that was ever published: all publications solved together.

What is known of a publication are sums of disjoint groups of its smallest cells: a cell that is shown, or what is left
of a total when everything shown below it is taken away. Of two publications the smallest groups known in both are told
by how many they moved. A group that moved by nobody is taken for the same people, so that what one publication shows
fills in the others; the equations of all of them are then one system (``attack``).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from melflow.core.statistics.attack import FINDINGS, attack
from melflow.core.statistics.history import HISTORY, Settled, settle, stand
from melflow.core.statistics.suppression import COMPLEMENTARY, PRIMARY

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

_UNIT = ["family", "unit"]
_BLOCK = [*_UNIT, "item"]
_KEY = [*_UNIT, "cell", "item"]
#: Between a cell's name and the publication it is of.
_AT = "@"


class _Known(NamedTuple):
    """What is known of each cell of each publication.

    Attributes:
        cells: One row per publication and cell: ``state``, the key, parent, n, hidden_because, is_leaf.
        group: Number of the cell that is shown whose rest a smallest cell belongs to, itself when shown; -1: none.
        rest: Of a cell that is shown, how many are in it besides everything shown below it.
    """

    cells: pl.DataFrame
    group: Ints
    rest: Ints


def settle_safely(now: pl.DataFrame, shown: Sequence[pl.DataFrame], minimum: int) -> Settled:
    """Say what stands and what is withheld so that nothing is found in everything published, this publication included.

    Attacked is what is new: units that are not shown as they were before. Where something is found that the rules of
    ``history.settle`` let pass, the unit stands as it was shown last; where something is found even then, all of it is
    withheld. What was found in earlier publications cannot be taken back, and is nobody's reason to withhold.

    Args:
        now: The cells as they would be shown if nothing had been shown before.
        shown: What was shown before, oldest first.
        minimum: Fewest respondents of a published cell.
    """
    settled = settle(now, shown, minimum)
    for is_last in (False, True):
        publications = [*shown, stand(now, shown, settled)]
        new = _new_in(publications)
        bad = attack_all([cells.join(new, on=_UNIT, how="semi") for cells in publications], minimum).select(_UNIT)
        if bad.is_empty():
            break
        before = attack_all([cells.join(bad, on=_UNIT, how="semi") for cells in shown], minimum).select(_UNIT)
        bad = bad.unique().join(before, on=_UNIT, how="anti")
        settled = settled._replace(kept=pl.concat([settled.kept, bad]).unique().sort(_UNIT))
        if is_last:
            cells = pl.concat([one.join(bad, on=_UNIT, how="semi").select(*_UNIT, "cell") for one in (now, *shown)])
            settled = settled._replace(withheld=pl.concat([settled.withheld, cells]).unique().sort(*_UNIT, "cell"))
    return settled


def attack_all(shown: Sequence[pl.DataFrame], minimum: int) -> pl.DataFrame:
    """Return what an outsider works out who has seen all publications.

    Args:
        shown: Cells of each publication as ``attack`` takes them, in any order.
        minimum: Fewest respondents of a published cell.

    Returns:
        One row per finding (schema ``attack.FINDINGS``): those of ``attack``, and difference: a group that is known in
        two publications moved by fewer than the minimum.
    """
    if all(cells.is_empty() for cells in shown):
        return pl.DataFrame(schema=FINDINGS)
    known = _known(_distinct(shown).drop("published"))
    found, same = [pl.DataFrame(schema=FINDINGS)], []
    states = known.cells["state"].n_unique()
    for one, other in combinations(range(states), 2):
        moved, links = _moved(known, one, other, minimum)
        found.append(moved)
        same.append(links)
    joined = _joined(known.cells, np.concatenate([np.empty((0, 2), np.int64), *same]))
    solved = attack(joined, minimum).with_columns(pl.col("cell").str.split(_AT).list.first())
    return pl.concat([*found, solved]).unique().sort(list(FINDINGS))


def _new_in(shown: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Return the units that the last publication shows as none before it did."""
    return _distinct(shown).filter(published=len(shown) - 1).select(_UNIT).unique()


def _distinct(shown: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Return the cells of all publications, of each unit only those that differ, numbered from 0 on as ``state``.

    ``published`` is the place of the publication that showed them first.
    """
    told = [*_KEY, "parent", "n", "hidden_because"]
    states = [cells.select(told).unique(_KEY).with_columns(published=number) for number, cells in enumerate(shown)]
    every = pl.concat(states, how="vertical_relaxed")
    line = pl.concat_str(pl.exclude("published").cast(pl.String).fill_null("-"), separator="|")
    lines = every.select(*_UNIT, "published", line=line)
    content = lines.group_by(*_UNIT, "published").agg(content=pl.col("line").sort().str.join("\n"))
    kept = content.sort("published").unique([*_UNIT, "content"], keep="first", maintain_order=True)
    numbered = kept.with_columns(state=pl.int_range(pl.len()).over(_UNIT)).drop("content")
    return every.join(numbered, on=[*_UNIT, "published"]).sort(*_KEY, "state")


def _known(cells: pl.DataFrame) -> _Known:
    here = ["state", *_BLOCK]
    totals = cells.filter(pl.col("parent").is_not_null()).select(*_BLOCK, cell="parent").unique()
    cells = cells.join(totals.with_columns(is_leaf=False), on=_KEY, how="left", nulls_equal=True)
    cells = cells.with_columns(pl.col("is_leaf").fill_null(value=True)).sort(*_KEY, "state").with_row_index("number")
    above = cells.select(*here, parent="cell", above="number")
    cells = cells.join(above, on=[*here, "parent"], how="left", maintain_order="left")
    parent = cells["above"].fill_null(-1).cast(pl.Int64).to_numpy()
    is_shown = cells["n"].is_not_null().to_numpy()
    n = cells["n"].fill_null(0).cast(pl.Int64).to_numpy()
    parent = np.where(np.isin(parent, _contradicted(parent, is_shown, n)), -1, parent)
    nearest = parent.copy()
    while (deeper := (nearest >= 0) & ~is_shown[nearest]).any():
        nearest[deeper] = parent[nearest[deeper]]
    rest = n.copy()
    below = is_shown & (nearest >= 0)
    np.subtract.at(rest, nearest[below], n[below])
    group = np.where(is_shown, np.arange(n.size), nearest)
    names = cells["cell"].to_numpy()
    cells = cells.with_columns(parent=pl.Series([names[at] if at >= 0 else None for at in parent], dtype=pl.String))
    return _Known(cells.drop("above", "number"), group, rest)


def _contradicted(parent: Ints, is_shown: Flags, n: Ints) -> Ints:
    """Return the sums that do not hold: somebody skipped a statement, or belongs to two parts. They tell nothing."""
    left, hidden = n.copy(), np.zeros(n.size, dtype=np.int64)
    has = parent >= 0
    np.subtract.at(left, parent[has], np.where(is_shown[has], n[has], 0))
    np.add.at(hidden, parent[has], ~is_shown[has])
    return np.flatnonzero(is_shown & ((left < 0) | ((hidden == 0) & (left != 0)))).astype(np.int64)


def _moved(known: _Known, one: int, other: int, minimum: int) -> tuple[pl.DataFrame, Ints]:
    """Return the groups that moved by a few between two publications, and the pairs of cells that did not move."""
    numbered = known.cells.with_row_index("row").with_columns(pl.col("row").cast(pl.Int64))
    leaves = numbered.filter("is_leaf")
    units = [numbered.filter(state=state).select(_UNIT).unique() for state in (one, other)]
    both = units[0].join(units[1], on=_UNIT)
    sides = [
        leaves.filter(state=state).join(both, on=_UNIT, how="semi").select(*_KEY, "row", "hidden_because")
        for state in (one, other)
    ]
    cells = sides[0].join(sides[1], on=_KEY, how="full", coalesce=True, suffix="_other").sort(_KEY)
    if cells.is_empty():
        return pl.DataFrame(schema=FINDINGS), np.empty((0, 2), dtype=np.int64)
    rows = [cells[name].fill_null(-1).to_numpy() for name in ("row", "row_other")]
    size, fresh = known.group.size, np.arange(cells.height)
    # The group of each cell; one that is not there is a group of nobody, one of which nothing is known of its own.
    ends = [
        np.where((at >= 0) & (known.group[at] >= 0), known.group[at], size + side * cells.height + fresh)
        for side, at in enumerate(rows)
    ]
    size += 2 * cells.height
    _, piece = connected_components(csr_array((np.ones(cells.height), (ends[0], ends[1])), shape=(size, size)))
    by = np.zeros(size)
    for end, sign in zip(ends, (-1, 1), strict=True):
        groups = np.unique(end[end < known.group.size])
        np.add.at(by, piece[groups], sign * known.rest[groups])
    is_open = np.zeros(size, dtype=bool)
    for at, end in zip(rows, ends, strict=True):
        is_open[piece[end[(at >= 0) & (end >= known.group.size)]]] = True
    turned = cells.select(_turned("hidden_because", "hidden_because_other")).to_series().to_numpy()
    here = piece[ends[0]]
    is_torn = np.zeros(size, dtype=bool)
    is_torn[here[turned]] = True
    still = ~is_open[here] & ~is_torn[here] & (by[here] == 0) & (rows[0] >= 0) & (rows[1] >= 0)
    few = ~is_open[here] & (np.abs(by[here]) > 0) & (np.abs(by[here]) < minimum)
    told = cells.with_columns(what=pl.lit("difference"), low=pl.Series(by[here]), high=pl.Series(by[here]), p=here)
    told = told.filter(pl.Series(few)).unique("p", keep="first", maintain_order=True).select(list(FINDINGS))
    return pl.concat([told, _alone(numbered, one, other, minimum)]), np.column_stack(rows)[still]


def _alone(cells: pl.DataFrame, one: int, other: int, minimum: int) -> pl.DataFrame:
    """Return the cells that are shown twice, with numbers that differ by a few."""
    twice = cells.filter(state=one).join(cells.filter(state=other), on=_KEY, suffix="_other")
    by = (pl.col("n_other") - pl.col("n")).cast(pl.Float64)
    return twice.filter(by.abs().is_between(1, minimum - 1)).select(
        *_KEY, what=pl.lit("difference"), low=by, high=by
    ).select(list(FINDINGS))  # fmt: skip


def _turned(one: str, other: str) -> pl.Expr:
    """Whether the reasons why a cell is hidden say that it is not what it was."""
    reasons = pl.col(one), pl.col(other)
    withheld = (reasons[0].eq_missing(HISTORY)).xor(reasons[1].eq_missing(HISTORY))
    another = pl.all_horizontal(reason.is_in([PRIMARY, COMPLEMENTARY]) for reason in reasons) & (
        reasons[0] != reasons[1]
    )
    return (withheld | another).fill_null(value=False)


def _joined(cells: pl.DataFrame, same: Ints) -> pl.DataFrame:
    """Return the cells of all publications as those of one, each under the name of the first it is the same in."""
    size = cells.height
    links = csr_array((np.ones(len(same)), (same[:, 0], same[:, 1])), shape=(size, size))
    _, people = connected_components(links)
    summed = cells.with_columns(people=people).filter(pl.col("parent").is_not_null().any().over(_UNIT))
    first = pl.col("state").min().over("people")
    reasons = [pl.col("hidden_because").filter(hidden_because=why).first().over("people")
               for why in (PRIMARY, COMPLEMENTARY, HISTORY)]  # fmt: skip
    n = pl.col("n").max().over("people")
    # Small in one column is hidden in all: which one is not said.
    several = pl.col("item").n_unique().over(*_UNIT, "cell") > 1
    why = pl.coalesce(*reasons, "hidden_because")
    return summed.select(
        *_UNIT,
        pl.concat_str("cell", pl.lit(_AT), first).alias("cell"),
        pl.concat_str("parent", pl.lit(_AT), "state").alias("parent"),
        "item",
        n=n,
        hidden_because=pl.when(n.is_null() & ~(several & (why == PRIMARY))).then(why),
    ).unique(maintain_order=True)
