"""What an outsider can work out of published cells that add up (F40 v): the systems of equations, solved.

Knows nothing of how cells were chosen to be hidden; takes only what was published. Every number of respondents that is
hidden is an unknown, every sum with an unknown in it an equation, and every unknown has the bounds its reason gives.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csr_array, eye_array, hstack
from scipy.sparse.csgraph import connected_components

from melflow.core.statistics.suppression import AUDIENCE, COMPLEMENTARY, MANY, PRIMARY, WITHIN

Floats = NDArray[np.float64]

FINDINGS = {
    "family": pl.String, "unit": pl.String, "cell": pl.String, "item": pl.String, "what": pl.String,
    "low": pl.Float64, "high": pl.Float64,
}  # fmt: skip
_KEY = ["family", "unit", "cell", "item"]
_NEAR = 1e-6


class System(NamedTuple):
    """Unknowns and the equations between them.

    Attributes:
        unknowns: Hidden cells, one row each, with ``low`` and ``high``, the bounds their reason gives.
        left: Coefficients, shape (equations, unknowns).
        right: What each equation adds up to.
    """

    unknowns: pl.DataFrame
    left: csr_array
    right: Floats


def attack(cells: pl.DataFrame, minimum: int) -> pl.DataFrame:
    """Return what an outsider works out: hidden numbers pinned to within a respondent, and groups that are too small.

    Args:
        cells: One row per published cell, item and sum it is a part of: ``family``, ``unit``, ``cell``, ``parent``
            (that sum, or null), ``item``, ``n`` (null when hidden) and ``hidden_because`` (null when shown).
        minimum: Fewest respondents of a published cell; known to everybody.

    Returns:
        One row per finding (schema ``FINDINGS``). ``what``: pinned (the number is known to within a respondent) or
        small group (what ``cell`` and others said together is known, and they are fewer than the minimum).
    """
    system = equations(cells, minimum)
    if not system.unknowns.height:
        return pl.DataFrame(schema=FINDINGS)
    low, high = ranges(system)
    pinned = system.unknowns.with_columns(low=low, high=high, what=pl.lit("pinned")).filter(
        pl.col("high") - pl.col("low") <= 2 * WITHIN + _NEAR
    )
    return pl.concat([pinned.select(list(FINDINGS)), _small_groups(system, minimum)]).sort(list(FINDINGS))


def equations(cells: pl.DataFrame, minimum: int) -> System:
    """Write down what was published as a system of equations."""
    several = pl.col("item").n_unique().over("family", "unit", "cell") > 1
    once = cells.unique(_KEY, keep="first", maintain_order=True)
    unknowns = (
        once.with_columns(is_small=(pl.col("hidden_because") == PRIMARY).fill_null(value=False), several=several)
        .filter(pl.col("n").is_null())
        .sort(_KEY)
        .with_row_index("number")
        # A cell is hidden in every column when it is small in one: which one is not said.
        .with_columns(
            low=pl.col("hidden_because")
            .replace_strict({COMPLEMENTARY: minimum, AUDIENCE: 0}, default=1)
            .cast(pl.Float64),
            high=pl.when(pl.col("is_small") & ~pl.col("several")).then(minimum - 1).otherwise(MANY).cast(pl.Float64),
        )
    )
    where = ["family", "unit", "item", "sum"]
    terms = pl.concat(
        [
            cells.filter(pl.col("parent").is_not_null()).select(*_KEY, sum="parent", sign=1.0, n="n"),
            once.select(*_KEY, sum="cell", sign=-1.0, n="n").join(
                cells.filter(pl.col("parent").is_not_null()).select("family", "unit", "item", sum="parent").unique(),
                on=where,
                how="semi",
            ),
        ]
    ).join(unknowns.select(*_KEY, "number"), on=_KEY, how="left")
    whole = terms.filter((pl.col("sign") < 0).any().over(where))
    numbered = whole.with_columns(equation=pl.struct(where).rank("dense").cast(pl.Int64) - 1)
    right = numbered.group_by("equation").agg(-(pl.col("sign") * pl.col("n")).sum()).sort("equation")
    open_ = numbered.filter(pl.col("number").is_not_null())
    shape = (right.height, unknowns.height)
    entries = (open_["sign"].to_numpy(), (open_["equation"].to_numpy(), open_["number"].to_numpy()))
    left = csr_array(entries, shape=shape)
    asks = np.diff(left.indptr) > 0
    return System(unknowns, csr_array(left[asks]), right["sign"].to_numpy()[asks])


def ranges(system: System) -> tuple[Floats, Floats]:
    """Return how little and how much every unknown can be, by linear programs; exact where that is nearly one number.

    Unknowns that no chain of equations links have nothing to do with each other: one of every such group is sought at
    once. What was already seen to be far apart in the solutions for others is not sought itself. Equations that
    contradict each other tell nothing.
    """
    unknowns = system.unknowns
    limits = np.column_stack([unknowns["low"].to_numpy(), unknowns["high"].to_numpy()])
    if not system.right.size:
        return limits[:, 0], limits[:, 1]
    _, group = connected_components(abs(system.left.T) @ abs(system.left))
    system = _consistent(system, limits, group)
    low, high = limits[:, 1].copy(), limits[:, 0].copy()
    is_sought = np.zeros(low.size, dtype=bool)
    while (is_open := ~is_sought & (high - low <= 2 * WITHIN + _NEAR)).any():
        of = np.flatnonzero(is_open)
        sought = of[np.unique(group[of], return_index=True)[1]]
        linked = np.flatnonzero(np.isin(group, group[sought]))
        left = system.left[:, linked]
        asks = np.diff(left.indptr) > 0
        for sign in (1.0, -1.0):
            cost = np.where(np.isin(linked, sought), sign, 0.0)
            solved = linprog(cost, A_eq=left[asks], b_eq=system.right[asks], bounds=limits[linked], method="highs")
            if solved.status != 0:
                raise RuntimeError(f"the linear program of the attack: {solved.message}")
            low[linked], high[linked] = np.minimum(low[linked], solved.x), np.maximum(high[linked], solved.x)
        is_sought[sought] = True
    return low, high


def _consistent(system: System, limits: Floats, group: NDArray[np.int32]) -> System:
    """Return the system without the groups of equations that no numbers fulfil."""
    rows, columns = system.left.shape
    slack = eye_array(rows)
    solved = linprog(
        np.concatenate([np.zeros(columns), np.ones(2 * rows)]),
        A_eq=hstack([system.left, slack, -slack], format="csr"),
        b_eq=system.right,
        bounds=np.vstack([limits, np.tile([0.0, np.inf], (2 * rows, 1))]),
        method="highs",
    )
    over = solved.x[columns : columns + rows] + solved.x[columns + rows :]
    of = group[system.left.indices[system.left.indptr[:-1]]]
    kept = ~np.isin(of, of[over > _NEAR])
    return System(system.unknowns, csr_array(system.left[kept]), system.right[kept])


def _small_groups(system: System, minimum: int) -> pl.DataFrame:
    """Return the groups of hidden cells whose sum can be worked out and is smaller than may be shown.

    Unknown sums are eliminated first, so that what is left is told of the smallest groups there are.
    """
    found: list[dict[str, object]] = []
    if not system.right.size or minimum <= 1:
        return pl.DataFrame(found, schema=FINDINGS)
    _, group = connected_components(abs(system.left.T) @ abs(system.left))
    of = group[system.left.indices[system.left.indptr[:-1]]]
    is_alone = np.bincount(of, minlength=group.size)[of] == 1
    for equation, total in _alone(system, is_alone):
        if 1 - _NEAR < abs(total) < minimum - _NEAR:
            found.append(_told(system, int(system.left.indices[system.left.indptr[equation]]), total))
    entries = csr_array(system.left[~is_alone]).tocoo()
    right = system.right[~is_alone]
    equation, unknown = entries.coords
    order = np.argsort(group[unknown], kind="stable")
    _, starts = np.unique(group[unknown][order], return_index=True)
    for block_of in np.split(order, starts[1:]) if order.size else []:
        rows, row = np.unique(equation[block_of], return_inverse=True)
        columns, column = np.unique(unknown[block_of], return_inverse=True)
        block = np.zeros((rows.size, columns.size))
        block[row, column] = entries.data[block_of]
        for left, total in zip(*_reduced(block, right[rows]), strict=True):
            is_group = np.all((np.abs(left) < _NEAR) | (np.abs(left - 1) < _NEAR))
            if is_group and left.any() and 1 - _NEAR < abs(total) < minimum - _NEAR:
                found.append(_told(system, int(columns[np.flatnonzero(left > _NEAR)[0]]), total))
    return pl.DataFrame(found, schema=FINDINGS)


def _alone(system: System, is_alone: NDArray[np.bool_]) -> list[tuple[int, float]]:
    """Return the equations that share no unknown with another and are of a group, with what the group adds up to."""
    starts = system.left.indptr[:-1]
    least, most = (by.reduceat(system.left.data, starts) for by in (np.minimum, np.maximum))
    chosen = np.flatnonzero(is_alone & (least == most))
    return [(int(at), float(system.right[at] * least[at])) for at in chosen]


def _told(system: System, unknown: int, total: float) -> dict[str, object]:
    first = system.unknowns.row(unknown, named=True)
    return {**{key: first[key] for key in _KEY}, "what": "small group", "low": total, "high": total}


def _reduced(left: Floats, right: Floats) -> tuple[Floats, Floats]:
    """Return the equations solved for sums first: rows in reduced echelon form, sums (with a -1) as leading columns."""
    order = np.argsort(-(left < 0).any(axis=0).astype(int), kind="stable")
    rows = np.column_stack([left[:, order], right]).astype(np.float64)
    pivot = 0
    for column in range(left.shape[1]):
        candidates = np.flatnonzero(np.abs(rows[pivot:, column]) > _NEAR)
        if not candidates.size:
            continue
        swap = pivot + int(candidates[0])
        rows[[pivot, swap]] = rows[[swap, pivot]]
        rows[pivot] /= rows[pivot, column]
        others = np.arange(len(rows)) != pivot
        rows[others] -= np.outer(rows[others, column], rows[pivot])
        pivot += 1
        if pivot == len(rows):
            break
    back = np.empty_like(order)
    back[order] = np.arange(order.size)
    return rows[:, :-1][:, back], rows[:, -1]
