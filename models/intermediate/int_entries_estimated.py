"""The checklist with intervals (F3) and reliability (F4, F5)."""

import polars as pl

from melflow.core.statistics.proportions import as_column, as_floats
from melflow.core.statistics.reliability import with_reliability
from melflow.core.statistics.scores import mean_interval


def model(dbt, session):
    cells = dbt.ref("int_entries_aggregated").pl()
    confidence = float(dbt.config.meta_get("confidence"))
    mean, sd, n = (as_floats(cells[name]) for name in ("score", "sd", "n_respondents"))
    interval = mean_interval(mean, sd, n, confidence)
    cells = cells.with_columns(
        as_column("ci_low", interval.low),
        as_column("ci_high", interval.high),
        pl.Series("ci_clipped", interval.clipped, dtype=pl.Boolean),
    )
    return with_reliability(cells, confidence).to_arrow()
