"""Assessments with the gap between self and peer (F15) and the interval of their follow-through (F8)."""

from melflow.core.statistics.gaps import with_gap
from melflow.core.statistics.proportions import with_share_interval


def model(dbt, session):
    confidence = float(dbt.config.meta_get("confidence"))
    cells = with_gap(dbt.ref("int_assessments_aggregated").pl(), ("self", "peer"), confidence)
    bounds = ("follow_through_ci_low", "follow_through_ci_high")
    return with_share_interval(cells, "n_done", "n_agreed", bounds, confidence).to_arrow()
