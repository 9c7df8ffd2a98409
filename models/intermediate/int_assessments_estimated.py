"""Assessments with the gap between self and peer (F15), its follow-through (F8), and the assessors' agreement (F6)."""

from melflow.core.statistics.agreement import with_icc
from melflow.core.statistics.gaps import with_gap
from melflow.core.statistics.proportions import with_share_interval

FAMILY = ("criterion", "period_id")


def model(dbt, session):
    confidence = float(dbt.config.meta_get("confidence"))
    cells = with_gap(dbt.ref("int_assessments_aggregated").pl(), ("self", "peer"), confidence)
    bounds = ("follow_through_ci_low", "follow_through_ci_high")
    cells = with_share_interval(cells, "n_done", "n_agreed", bounds, confidence)
    agreed = with_icc(dbt.ref("int_assessed_agreed").pl(), FAMILY)
    agreed = agreed.select(*FAMILY, "icc1", "icc1k").unique(FAMILY, keep="any")
    return cells.join(agreed, on=list(FAMILY), how="left").to_arrow()
