"""Every way the hidden numbers can be, tried one after the other: none is pinned by all that was published (F40).

Written without the equations of ``attack`` and ``sequence``, which also choose what is hidden: here are only numbers
that could be, and those of them that agree with what a reader saw.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, product
from typing import NamedTuple

import numpy as np
import polars as pl

from melflow.core.statistics.history import HISTORY, stand
from melflow.core.statistics.sequence import settle_safely
from melflow.core.statistics.suppression import COMPLEMENTARY, PRIMARY, hidden_cells

MINIMUM = 7
PARTS, TOTAL = ("a", "b", "c"), "all"
#: More than anybody has here: a number that may be anything up to it is not pinned.
MOST = 24
GROUPS = [of for size in (1, 2, 3) for of in combinations(PARTS, size)]
KEY = ["family", "unit", "cell"]
#: Cell -> its number, or why it is hidden.
Shown = dict[str, int | str]
Link = tuple[int, int, str]


class Found(NamedTuple):
    """What a reader works out: cells known to within one respondent, groups of few, moves of few."""

    pinned: set[tuple[int, str]]
    few: set[tuple[int, tuple[str, ...]]]
    moved: set[tuple[int, int, tuple[str, ...]]]

    def __bool__(self) -> bool:
        return any(self)


def _fits(n: int, said: int | str) -> bool:
    if isinstance(said, int):
        return n == said
    return {PRIMARY: 1 <= n < MINIMUM, COMPLEMENTARY: n >= MINIMUM}.get(said, n >= 1)


def worlds(shown: Shown) -> pl.DataFrame:
    """Return all numbers of the parts that agree with one publication; a part that is not there is nobody."""
    rows = [
        row
        for row in product(*([n for n in range(MOST) if _fits(n, shown.get(part, 0))] for part in PARTS))
        if _fits(sum(row), shown[TOTAL])
    ]
    return pl.DataFrame(rows, schema=dict.fromkeys(PARTS, pl.Int64), orient="row")


def known(of: pl.DataFrame) -> dict[tuple[str, ...], int]:
    """Return the groups of parts whose sum is the same in every world, with it."""
    found: dict[tuple[str, ...], int] = {}
    for group in GROUPS:
        sums = of.select(pl.sum_horizontal(group)).to_series()
        if sums.n_unique() == 1:
            found[group] = int(sums[0])
    return found


def attacked(sequence: list[Shown]) -> Found:
    """Return what is worked out of publications; a group of whom as many were known twice is taken for the same."""
    every = [worlds(shown) for shown in sequence]
    told = [known(of) for of in every]
    few = {(k, group) for k, group_of in enumerate(told) for group, n in group_of.items() if 0 < n < MINIMUM}
    moved, same = set(), []
    for one, other in combinations(range(len(sequence)), 2):
        both = [group for group in told[one] if group in told[other]]
        for group in both:
            if any(set(smaller) < set(group) for smaller in both):
                continue
            by = told[other][group] - told[one][group]
            if 0 < abs(by) < MINIMUM:
                moved.add((one, other, group))
            links = [(one, other, part) for part in group]
            if by == 0 and _may_be_same(sequence, every, links):
                same += links
    return Found(set(_pinned(sequence, every, same)), few, moved)


def _may_be_same(sequence: list[Shown], every: list[pl.DataFrame], links: list[Link]) -> bool:
    """Tell whether people can be the same in two publications: reasons may say that they are not."""
    for one, other, part in links:
        if (sequence[one].get(part) == HISTORY) != (sequence[other].get(part) == HISTORY):
            return False
    (one, other, _), on = links[0], [part for *_, part in links]
    return not every[one].join(every[other], on=on, how="semi").is_empty()


def _pinned(sequence: list[Shown], every: list[pl.DataFrame], same: list[Link]) -> Iterator[tuple[int, str]]:
    names = {(k, part): f"{part}{k}" for k in range(len(sequence)) for part in PARTS}
    for one, other, part in same:
        old, new = names[other, part], names[one, part]
        names = {key: new if name == old else name for key, name in names.items()}
    together: list[pl.DataFrame] = []
    for k, of in enumerate(every):
        mine = of.rename({part: names[k, part] for part in PARTS})
        for there in [one for one in together if set(one.columns) & set(mine.columns)]:
            together = [one for one in together if one is not there]
            mine = mine.join(there, on=sorted(set(mine.columns) & set(there.columns)), how="inner")
        together.append(mine)
    for (k, part), name in names.items():
        [column] = [one[name] for one in together if name in one.columns]
        if isinstance(sequence[k].get(part), str) and np.ptp(column.to_numpy()) <= 2:
            yield k, part


def _cells(people: np.ndarray) -> pl.DataFrame:
    """Return alliances (shape (alliances, parts)) as linked cells."""
    rows = [
        (f"{number:03}", part, parent, int(n))
        for number, of in enumerate(people)
        for part, parent, n in [*zip(PARTS, [TOTAL] * 3, of, strict=True), (TOTAL, None, of.sum())]
        if n
    ]
    frame = pl.DataFrame(rows, schema=["unit", "cell", "parent", "n"], orient="row")
    return frame.with_columns(family=pl.lit("feedback"), item=pl.lit("recommend"))


def _published(cells: pl.DataFrame, *, wholly: bool = True) -> pl.DataFrame:
    """Return the cells as one publication shows them; not wholly: only what is small is hidden."""
    hidden = hidden_cells(cells, MINIMUM)
    marked = cells.join(hidden if wholly else hidden.filter(hidden_because=PRIMARY), on=KEY, how="left")
    return marked.with_columns(n=pl.when(pl.col("hidden_because").is_null()).then("n"))


def _of(publications: list[pl.DataFrame]) -> list[list[Shown]]:
    """Return the publications of each alliance."""
    found: dict[str, list[Shown]] = {}
    for number, cells in enumerate(publications):
        for row in cells.to_dicts():
            shown = found.setdefault(row["unit"], [{} for _ in publications])[number]
            shown[row["cell"]] = row["hidden_because"] if row["n"] is None else row["n"]
    return list(found.values())


def test_every_world__three_cells_over_three_releases() -> None:
    """Should pin no hidden number, tell of no few, and find both where a rule is left out."""
    dice = np.random.default_rng(20240702)
    people = dice.integers(0, 17, (60, 3))
    people[:, 2] = np.maximum(people[:, 2], 1)
    shown: list[pl.DataFrame] = []
    apart: list[pl.DataFrame] = []
    bare: list[pl.DataFrame] = []
    for number in range(3):
        if number:
            moves = dice.choice([-1, 0, 0, 0, 1, 2, 7], people.shape)
            people = np.clip(people + moves * dice.integers(0, 2, (len(people), 1)), [0, 0, 1], 20)
        cells = _cells(people)
        now = _published(cells)
        shown.append(stand(now, shown, settle_safely(now, shown, MINIMUM)) if shown else now)
        apart.append(now)
        bare.append(_published(cells, wholly=False))
    assert [found for sequence in _of(shown) if (found := attacked(sequence))] == []
    assert sum(any(isinstance(said, str) for one in of for said in one.values()) for of in _of(shown)) > 20
    assert sum(bool(attacked(sequence).moved) for sequence in _of(apart)) > 10, "as if nothing had been shown before"
    unsafe = [attacked(sequence) for sequence in _of(bare)]
    assert sum(bool(found.pinned) for found in unsafe) > 10 and sum(bool(found.few) for found in unsafe) > 10
