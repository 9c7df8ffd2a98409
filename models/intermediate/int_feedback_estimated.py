"""Feedback with the interval of each share (F8) and the net promoter score with its own (F14)."""

from melflow.core.statistics.change import with_net_promoter
from melflow.core.statistics.proportions import with_share_interval


def model(dbt, session):
    cells, confidence = dbt.ref("int_feedback_counted").pl(), float(dbt.config.meta_get("confidence"))
    cells = with_share_interval(cells, "n_agree", "n_respondents", ("agree_ci_low", "agree_ci_high"), confidence)
    return with_net_promoter(cells, confidence).to_arrow()
