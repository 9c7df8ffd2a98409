"""Cells with their intervals (F3, F7, F8)."""

from melflow.core.statistics.scores import with_score_intervals


def model(dbt, session):
    cells = dbt.ref("int_scores_aggregated").pl()
    return with_score_intervals(cells, float(dbt.config.meta_get("confidence"))).to_arrow()
