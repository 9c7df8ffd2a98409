"""How unequally something is spread over partners (F21-F23), vectorised over groups."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray
from scipy.special import entr

from melflow.core.statistics.proportions import Floats, as_column, as_floats

#: The columns ``with_concentration`` adds.
MEASURES = ("top_share", "gini", "gini_star", "evenness", "hhi", "effective_n")


class Concentration(NamedTuple):
    """One entry per group; NaN where the amounts of a group add up to zero.

    Attributes:
        n: Members of the group, those with nothing included.
        total: Sum of the amounts.
        top_share: Share of the largest amount, 1/n to 1.
        gini: F21, 0 (all equal) to 1 - 1/n (one has all).
        gini_star: F21 times n/(n - 1), 0-1; also NaN for a group of one.
        evenness: F22, 0 (one has all) to 1 (all equal); also NaN for a group of one.
        hhi: F23, 1/n to 1.
        effective_n: 1/hhi, 1 to n: as many equal members would be as concentrated.
    """

    n: NDArray[np.int64]
    total: Floats
    top_share: Floats
    gini: Floats
    gini_star: Floats
    evenness: Floats
    hhi: Floats
    effective_n: Floats


def concentration(amounts: ArrayLike, groups: ArrayLike, n_groups: int | None = None) -> Concentration:
    """F21, F22 and F23 of every group at once.

    Members that have nothing must be there with 0: they are what makes a spread unequal.

    Args:
        amounts: What each member has, in one unit, >= 0, shape (members,).
        groups: Number of the member's group, 0 to n_groups - 1, shape (members,).
        n_groups: How many groups there are; by default as many as occur.

    Raises:
        ValueError: An amount is negative or unknown.
    """
    x, group = np.asarray(amounts, dtype=np.float64), np.asarray(groups, dtype=np.int64)
    if x.size and not np.all(x >= 0):
        raise ValueError("amounts are known and not negative")
    size = n_groups if n_groups is not None else (int(group.max()) + 1 if group.size else 0)

    # Amounts in ascending order within their group, and their rank there from 1
    order = np.lexsort((x, group))
    x, group = x[order], group[order]
    n = np.bincount(group, minlength=size)
    rank = np.arange(len(group)) - (np.cumsum(n) - n)[group] + 1

    def summed(values: Floats) -> Floats:
        sums: Floats = np.bincount(group, weights=values, minlength=size).astype(np.float64)
        return sums

    # Scaling by the largest amount keeps sums of very small or very large amounts in range
    largest = np.zeros(size)
    np.maximum.at(largest, group, x)
    scaled = x / np.where(largest > 0, largest, np.nan)[group]
    known = summed(scaled)
    p = scaled / known[group]
    with np.errstate(divide="ignore", invalid="ignore"):
        gini = summed((2 * rank - n[group] - 1) * p) / n
        # Equal amounts end a hair off the bounds
        gini = np.clip(gini, 0.0, 1 - 1 / n)
        several = np.where(n > 1, n, np.nan)
        hhi = np.clip(summed(p * p), 1 / n, 1.0)
        return Concentration(
            n=n,
            total=summed(x),
            top_share=1 / known,
            gini=gini,
            gini_star=np.clip(gini * several / (several - 1), 0.0, 1.0),
            evenness=np.clip(summed(entr(p)) / np.log(several), 0.0, 1.0),
            hhi=hhi,
            effective_n=1 / hhi,
        )


def with_concentration(members: pl.DataFrame, by: list[str], amount: str) -> pl.DataFrame:
    """Return one row per group with F21-F23.

    Args:
        members: One row per group and member, members with nothing included.
        by: Columns that name the group.
        amount: Column of what the member has, >= 0, in one unit per group.

    Returns:
        The columns of ``by`` with ``n_actors``, ``total`` (unit of the amounts) and ``MEASURES`` (null where the
        amounts add up to zero; gini_star and evenness also where a group has one member), sorted by group.
    """
    keys = members.select(by).unique().sort(by, nulls_last=True).with_row_index("group")
    placed = members.join(keys, on=by, nulls_equal=True, maintain_order="left")
    found = concentration(as_floats(placed[amount]), placed["group"].to_numpy(), keys.height)
    return keys.drop("group").with_columns(
        pl.Series("n_actors", found.n, dtype=pl.Int64),
        pl.Series("total", found.total, dtype=pl.Float64),
        *(as_column(name, getattr(found, name)) for name in MEASURES),
    )
