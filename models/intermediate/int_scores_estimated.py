"""Cells with their intervals (F3, F7, F8) and the agreement of those who answer about the same (F6)."""

import polars as pl

from melflow.core.statistics.agreement import with_icc
from melflow.core.statistics.bootstrap import with_bootstrap
from melflow.core.statistics.scores import with_score_intervals

# Which side of a dyad is A is a matter of the alphabet: both are views of a partner, unlike a third party's.
FAMILY = ["kind", "construct_id", "level", "rater_kind", "period_id"]


def model(dbt, session):
    confidence = float(dbt.config.meta_get("confidence"))
    cells = dbt.ref("int_scores_aggregated").pl().drop("items", "scales")
    cells = with_score_intervals(cells, confidence)
    cells = with_bootstrap(cells, int(dbt.config.meta_get("seed")), confidence)
    side = pl.col("rater").replace({"A_of_B": "side", "B_of_A": "side"})
    return with_icc(cells.with_columns(side.alias("rater_kind")), FAMILY).drop("rater_kind").to_arrow()
