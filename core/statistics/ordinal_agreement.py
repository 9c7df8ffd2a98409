"""Agreement of two ratings on a ladder (F29): Cohen's weighted kappa of many groups at once."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl


def weighted_kappa(pairs: pl.DataFrame, by: Sequence[str], first: str, second: str) -> pl.DataFrame:
    """F29: Cohen's kappa with linear weights: a step apart counts once, two steps twice.

    kappa = 1 - disagreement seen / disagreement expected if the two ratings had nothing to do with each other, as
    ``statsmodels.stats.inter_rater.cohens_kappa(table, wt="linear")`` has it.

    Args:
        pairs: One row per thing rated twice; rows in which a rating is null are left out.
        by: Columns that name the group.
        first: Column of the one rating, its place on the ladder.
        second: Column of the other rating.

    Returns:
        The columns of ``by`` with ``n_pairs`` and ``kappa`` (-1 to 1; null where both ratings are the same one step
        throughout, so that no disagreement could be expected), one row per group.
    """
    keys = list(by)
    both = pairs.drop_nulls([first, second]).select(
        *keys, a=pl.col(first).cast(pl.Float64), b=pl.col(second).cast(pl.Float64)
    )
    seen = both.group_by(keys).agg(n_pairs=pl.len().cast(pl.Int64), observed=(pl.col("a") - pl.col("b")).abs().mean())
    # Expected: every first rating beside every second one, counted by step so that groups may be large
    counts = [both.group_by(*keys, side).agg(pl.len().alias(f"n_{side}")) for side in ("a", "b")]
    expected = (
        counts[0]
        .join(counts[1], on=keys, nulls_equal=True)
        .group_by(keys)
        .agg(apart=((pl.col("a") - pl.col("b")).abs() * pl.col("n_a") * pl.col("n_b")).sum())
    )
    found = seen.join(expected, on=keys, nulls_equal=True).with_columns(apart=pl.col("apart") / pl.col("n_pairs") ** 2)
    kappa = pl.when(pl.col("apart") > 0).then(1 - pl.col("observed") / pl.col("apart"))
    return found.select(*keys, "n_pairs", kappa.alias("kappa")).sort(keys)
