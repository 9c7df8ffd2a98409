"""Insights acted on, with the interval of the share (F8)."""

from melflow.core.statistics.proportions import with_share_interval


def model(dbt, session):
    cells = dbt.ref("int_adaptations_aggregated").pl()
    confidence = float(dbt.config.meta_get("confidence"))
    bounds = ("acted_ci_low", "acted_ci_high")
    return with_share_interval(cells, "n_acted", "n_insights", bounds, confidence).to_arrow()
