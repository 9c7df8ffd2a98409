"""How two series of the same dyads go together: between dyads (F35) and within them (F37), vectorised over groups."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from scipy.stats import norm

from melflow.core.statistics.proportions import as_column, as_floats

#: Sums of squares below this share of the squares themselves are rounding of equal values.
_HAIR = 1e-12


def with_association(
    pairs: pl.DataFrame, by: Sequence[str], subject: str, x: str, y: str, fewest: int = 8, confidence: float = 0.95
) -> pl.DataFrame:
    """F35 and F37: rank correlation of the subjects' means, and correlation within subjects.

    Args:
        pairs: One row per group, subject and occasion.
        by: Columns that name the group.
        subject: Column of the subject (the dyad); what is asked is never the pooled occasion.
        x: First series; a row without it, or without the second, is left out.
        y: Second series.
        fewest: Subjects an estimate needs; fewer give null.
        confidence: Of the intervals, between 0 and 1.

    Returns:
        The columns of ``by`` with ``n_dyads``, ``n_pairs``, ``rho``, ``ci_low``, ``ci_high`` (Spearman between
        subjects, Bonett and Wright's interval), ``rm_r``, ``rm_ci_low``, ``rm_ci_high``, ``rm_dof`` (Bakdash and
        Marusich), all -1 to 1; null where not estimable. One row per group that has a pair.
    """
    keys = list(by)
    known = pairs.select(*keys, subject, x=pl.col(x).cast(pl.Float64), y=pl.col(y).cast(pl.Float64)).drop_nulls("x")
    known = known.drop_nulls("y").sort(*keys, subject, "x", "y")
    found = _between(known, keys, subject).join(_within(known, keys, subject), on=keys, how="left", nulls_equal=True)
    enough = pl.col("n_dyads") >= fewest
    found = found.with_columns(
        pl.when(enough).then("rho").alias("rho"),
        pl.when(enough & (pl.col("rm_dof") > 0)).then("rm_r").alias("rm_r"),
    )
    z = float(norm.ppf((1 + confidence) / 2))
    rho, n = as_floats(found["rho"]), as_floats(found["n_dyads"])
    rm, dof = as_floats(found["rm_r"]), as_floats(found["rm_dof"])
    with np.errstate(divide="ignore", invalid="ignore"):
        wide = z * np.sqrt((1 + rho**2 / 2) / np.where(n > 3, n - 3, np.nan))
        narrow = z / np.sqrt(np.where(dof > 1, dof - 1, np.nan))  # n - 3 with n = dof + 2
        bounds = [np.tanh(np.arctanh(r) + s * half) for r, half in ((rho, wide), (rm, narrow)) for s in (-1, 1)]
    names = ("ci_low", "ci_high", "rm_ci_low", "rm_ci_high")
    return found.with_columns(as_column(name, values) for name, values in zip(names, bounds, strict=True)).select(
        *keys, "n_dyads", "n_pairs", "rho", "ci_low", "ci_high", "rm_r", "rm_ci_low", "rm_ci_high", "rm_dof"
    )


def _correlation(sxy: str, sxx: str, syy: str) -> pl.Expr:
    product = (pl.col(sxx) * pl.col(syy)).sqrt()
    return pl.when(product > 0).then((pl.col(sxy) / product).clip(-1.0, 1.0))


def _between(known: pl.DataFrame, keys: list[str], subject: str) -> pl.DataFrame:
    """Return Spearman's rho of the subjects' means; null where one of them does not vary."""
    means = known.group_by(*keys, subject, maintain_order=True).agg(
        pl.col("x").mean().round(9), pl.col("y").mean().round(9), pl.len().alias("n")
    )
    ranked = means.with_columns(pl.col(name).rank("average").over(keys).alias(name) for name in ("x", "y"))
    centred = ranked.with_columns((pl.col(name) - pl.col(name).mean().over(keys)).alias(name) for name in ("x", "y"))
    sums = centred.group_by(keys, maintain_order=True).agg(
        pl.len().cast(pl.Int64).alias("n_dyads"),
        pl.col("n").sum().cast(pl.Int64).alias("n_pairs"),
        (pl.col("x") * pl.col("y")).sum().alias("sxy"),
        (pl.col("x") ** 2).sum().alias("sxx"),
        (pl.col("y") ** 2).sum().alias("syy"),
    )
    return sums.select(*keys, "n_dyads", "n_pairs", _correlation("sxy", "sxx", "syy").alias("rho"))


def _within(known: pl.DataFrame, keys: list[str], subject: str) -> pl.DataFrame:
    """Return the common slope of the subjects as a correlation: each subject's own means are taken off."""
    one = [*keys, subject]
    centred = known.with_columns(
        *((pl.col(name) - pl.col(name).mean().over(one)).alias(f"d{name}") for name in ("x", "y")),
        *((pl.col(name) ** 2).alias(f"{name}2") for name in ("x", "y")),
    )
    sums = centred.group_by(keys, maintain_order=True).agg(
        (pl.len().cast(pl.Int64) - pl.col(subject).n_unique().cast(pl.Int64) - 1).alias("rm_dof"),
        (pl.col("dx") * pl.col("dy")).sum().alias("sxy"),
        *((pl.col(f"d{name}") ** 2).sum().alias(f"s{name}{name}") for name in ("x", "y")),
        *(pl.col(f"{name}2").sum().alias(f"{name}2") for name in ("x", "y")),
    )
    sums = sums.with_columns(
        pl.when(pl.col(f"s{name}{name}") > _HAIR * pl.col(f"{name}2")).then(f"s{name}{name}").alias(f"s{name}{name}")
        for name in ("x", "y")
    )
    return sums.select(*keys, "rm_dof", _correlation("sxy", "sxx", "syy").alias("rm_r"))
