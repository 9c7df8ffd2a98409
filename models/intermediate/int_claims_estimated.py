"""Reverse-learning share and its interval (F8)."""

from melflow.core.statistics.proportions import with_share_interval


def model(dbt, session):
    cells = dbt.ref("int_claims_aggregated").pl()
    bounds = ("reverse_ci_low", "reverse_ci_high")
    confidence = float(dbt.config.meta_get("confidence"))
    return with_share_interval(cells, "reverse_claims", "claims", bounds, confidence).to_arrow()
