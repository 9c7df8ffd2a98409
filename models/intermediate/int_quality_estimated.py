"""Data quality with the interval of the share received on time (F8)."""

from melflow.core.statistics.proportions import with_share_interval


def model(dbt, session):
    rows = dbt.ref("int_quality_aggregated").pl()
    bounds = ("on_time_ci_low", "on_time_ci_high")
    confidence = float(dbt.config.meta_get("confidence"))
    return with_share_interval(rows, "n_on_time", "n_dated", bounds, confidence).to_arrow()
