"""Do several raters put things in the same order (F28), for every group at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import polars as pl
from scipy.stats import chi2, rankdata

from melflow.core.statistics.proportions import Floats


class Concordance(NamedTuple):
    """Kendall's W (0-1) and the p value of Friedman's test (0-1); NaN when not estimable."""

    w: float
    p: float


def kendall_w(ratings: Floats) -> Concordance:
    """F28: W = χ²_Friedman / (m(n - 1)) of m raters of n things, corrected for ties.

    Args:
        ratings: One row per rater, one column per thing, shape (m, n), no NaN. Only their order inside a row matters.

    Returns:
        W is 0 without any agreement and 1 when all have one order. NaN below two raters or two things, and when every
        rater finds all things alike.
    """
    m, n = ratings.shape
    if m < 2 or n < 2:
        return Concordance(np.nan, np.nan)
    ranks = rankdata(ratings, axis=1)
    totals = ranks.sum(axis=0)
    # each row's sum of squared ranks falls short of n(n + 1)(2n + 1)/6 by its ties' (t³ - t)/12
    most = m * ((ranks**2).sum() - m * n * (n + 1) ** 2 / 4)
    if most <= 0:
        return Concordance(np.nan, np.nan)
    w = float(((totals - m * (n + 1) / 2) ** 2).sum() / most)
    return Concordance(min(w, 1.0), float(chi2.sf(m * (n - 1) * w, n - 1)))


def concordance(cells: pl.DataFrame, by: Sequence[str], rater: str, item: str, value: str) -> pl.DataFrame:
    """F28 of every group.

    Args:
        cells: One row per group, rater and thing.
        by: Columns that name the group.
        rater: Column of the raters; one that rated not all of the group's things is left out.
        item: Column of the things.
        value: Column of the ratings; null: not rated.

    Returns:
        The columns of ``by`` with ``n_raters``, ``kendall_w`` and ``kendall_p`` (null when not estimable).
    """
    rows = []
    for key, group in cells.drop_nulls(value).sort(*by, rater, item).group_by(by, maintain_order=True):
        n = group[item].n_unique()
        whole = group.filter(pl.len().over(rater) == n)
        ratings = whole[value].cast(pl.Float64).round(9).to_numpy().reshape(-1, n)
        rows.append((*key, len(ratings), *kendall_w(ratings)))
    schema: dict[str, pl.DataType | type[pl.DataType]] = {name: cells.schema[name] for name in by}
    schema |= {"n_raters": pl.Int64, "kendall_w": pl.Float64, "kendall_p": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(pl.col(pl.Float64).fill_nan(None))
