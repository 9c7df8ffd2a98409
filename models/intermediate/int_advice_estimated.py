"""Advice by the partner that was given it and the period it was first given in: median days to acceptance (F31)."""

import polars as pl

from melflow.core.statistics.survival import median_days


def model(dbt, session):
    advice = dbt.ref("int_advice_followed").pl()
    by = ["partner_id", "period_id"]
    found = median_days(advice.drop_nulls("period_id"), by, "n_days", "is_accepted")
    times = advice.group_by(by).agg(pl.col("times_given").mean().round(9).alias("times_given"))
    return found.join(times, on=by, how="left").sort(by).to_arrow()
