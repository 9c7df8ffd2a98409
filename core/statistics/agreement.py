"""Agreement of raters about what they rate (F6): the one-way intraclass correlation, vectorised over families."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl


def with_icc(cells: pl.DataFrame, family: Sequence[str]) -> pl.DataFrame:
    """Add F6 to cells: how much of the spread of answers lies between subjects rather than inside them.

    One-way random: the subjects (partners, views of dyads) are the targets, their respondents the raters, of whom
    each rates one. Subjects may have different numbers of respondents; then k is (N - Σn²/N) / (subjects - 1). With
    equal numbers the two are ICC(1) and ICC(1,k) of Shrout and Fleiss.

    Args:
        cells: One row per subject of a family, with ``n_respondents``, ``score`` (mean) and ``sd`` (n - 1).
        family: Columns that say which cells ask the same of different subjects.

    Returns:
        The cells with ``icc1`` (-1 / (k - 1) to 1, of a single answer) and ``icc1k`` (at most 1, of a subject's mean):
        the same for all of a family; null for a family of fewer than two subjects, or of lone respondents, or without
        spread.
    """
    n, mean = pl.col("n_respondents").cast(pl.Float64), pl.col("score")
    of_all = n.sum()
    grand = (n * mean).sum() / of_all
    between = (n * (mean - grand) ** 2).sum() / (pl.len() - 1)
    within = ((n - 1) * pl.col("sd").fill_null(0.0) ** 2).sum() / (of_all - pl.len())
    size = (of_all - (n**2).sum() / of_all) / (pl.len() - 1)
    estimable = (pl.len() > 1) & (of_all > pl.len())
    families = cells.group_by(family, maintain_order=True).agg(
        pl.when(estimable).then(between).alias("between"),
        pl.when(estimable).then(within).alias("within"),
        pl.when(estimable).then(size).alias("size"),
    )
    spread = pl.col("between") + (pl.col("size") - 1) * pl.col("within")
    found = families.select(
        *family,
        pl.when(spread > 0).then((pl.col("between") - pl.col("within")) / spread).alias("icc1"),
        pl.when(pl.col("between") > 0).then(1 - pl.col("within") / pl.col("between")).alias("icc1k"),
    )
    return cells.join(found, on=list(family), how="left", nulls_equal=True, maintain_order="left")
