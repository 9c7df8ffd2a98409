"""How many pairs were asked before they began to exchange, with the interval of the share (F8)."""

import polars as pl

from melflow.core.statistics.proportions import with_share_interval


def model(dbt, session):
    dyads = dbt.ref("int_baselines_marked").pl()
    counted = dyads.select(
        n_dyads=pl.len().cast(pl.Int64),
        n_asked=pl.col("baseline_period").count().cast(pl.Int64),
        n_true=(pl.col("baseline_kind") == "true").sum().cast(pl.Int64),
    )
    confidence = float(dbt.config.meta_get("confidence"))
    return with_share_interval(counted, "n_true", "n_dyads", ("ci_low", "ci_high"), confidence).to_arrow()
