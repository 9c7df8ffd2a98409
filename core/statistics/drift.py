"""Do two waves answer alike: many distributions at once, each with its size of effect and a corrected p-value."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from melflow.core.statistics.multiple import benjamini_hochberg

#: An answer that fewer gave, both waves together, is put with the other rare ones: chi-square needs it.
RARE = 5


def distributions(answers: pl.DataFrame, by: Sequence[str], min_n: int) -> pl.DataFrame:
    """Compare how often each answer was given in two waves: chi-square of homogeneity with Cramér's V.

    Args:
        answers: One row per answer: value (text), is_current (False: of the reference wave) and the columns of ``by``.
        by: What makes one comparison, such as partner and item.
        min_n: Fewer answers in either wave are not compared.

    Returns:
        One row per comparison: ``by``, n_reference, n_current, chi2, df, effect (V, 0-1; 0 when all answers are the
        same), p, p_corrected (Benjamini-Hochberg over all comparisons made) and is_too_small. The figures are null
        where it is too small.
    """
    key = list(by)
    cells = answers.drop_nulls("value").group_by(*key, "value").agg(
        before=(~pl.col("is_current")).sum().cast(pl.Float64), after=pl.col("is_current").sum().cast(pl.Float64)
    )  # fmt: skip
    is_rare = pl.col("before") + pl.col("after") < RARE
    cells = (
        cells.with_columns(value=pl.when(is_rare).then(None).otherwise("value"))
        .group_by(*key, "value")
        .agg(pl.col("before", "after").sum())
    )
    n = {name: pl.col(name).sum().over(key) for name in ("before", "after")}
    row = pl.col("before") + pl.col("after")
    total = n["before"] + n["after"]
    terms = [(pl.col(name) - row * n[name] / total) ** 2 / (row * n[name] / total) for name in ("before", "after")]
    found = cells.with_columns(term=terms[0] + terms[1]).group_by(*key).agg(
        n_reference=pl.col("before").sum().cast(pl.Int64),
        n_current=pl.col("after").sum().cast(pl.Int64),
        chi2=pl.col("term").sum(),
        df=pl.len().cast(pl.Int64) - 1,
    )  # fmt: skip
    return _judged(found.sort(key), min_n)


def volumes(counts: pl.DataFrame, min_n: int) -> pl.DataFrame:
    """Say whether each part sent more or less than its share of the whole: chi-square against all others, with phi.

    Args:
        counts: One row per part: n_reference, n_current (submissions of the waves), and any key columns.
        min_n: Fewer submissions of a part, both waves together, are not compared.

    Returns:
        The rows with chi2, df, effect (phi, 0-1), p, p_corrected and is_too_small, as ``distributions`` has them.
    """
    whole = {name: pl.col(name).sum().cast(pl.Float64) for name in ("n_reference", "n_current")}
    total, part = whole["n_reference"] + whole["n_current"], pl.col("n_reference") + pl.col("n_current")
    expected = {name: part * whole[name] / total for name in whole}
    rest = {name: (total - part) * whole[name] / total for name in whole}
    chi2 = sum(
        ((pl.col(name) - expected[name]) ** 2 * (1 / expected[name] + 1 / rest[name]) for name in whole), pl.lit(0.0)
    )
    found = counts.with_columns(chi2=chi2, df=pl.lit(1, pl.Int64), _part=part, _total=total)
    found = found.with_columns(pl.when(pl.col("chi2").is_finite()).then("chi2").alias("chi2"))
    judged = _judged(found, 0, is_small=(pl.col("_part") < min_n) | pl.col("chi2").is_null(), n=pl.col("_total"))
    return judged.drop("_part", "_total")


def _judged(found: pl.DataFrame, min_n: int, is_small: pl.Expr | None = None, n: pl.Expr | None = None) -> pl.DataFrame:
    from scipy import stats

    few = pl.min_horizontal("n_reference", "n_current") < min_n if is_small is None else is_small
    size = pl.col("n_reference") + pl.col("n_current") if n is None else n
    found = found.with_columns(is_too_small=few).with_columns(
        pl.when(~pl.col("is_too_small")).then("chi2").alias("chi2"),
        effect=pl.when(~pl.col("is_too_small")).then(
            pl.when(pl.col("df") > 0).then((pl.col("chi2") / size).sqrt()).otherwise(0.0)
        ),
    )  # fmt: skip
    chi2 = found["chi2"].cast(pl.Float64).fill_null(float("nan")).to_numpy()
    df = found["df"].cast(pl.Float64).to_numpy()
    p = np.where(df > 0, stats.chi2.sf(chi2, np.maximum(df, 1)), np.where(np.isnan(chi2), np.nan, 1.0))
    columns = {"p": p, "p_corrected": benjamini_hochberg(p)}
    return found.with_columns(pl.Series(name, values).fill_nan(None) for name, values in columns.items())
