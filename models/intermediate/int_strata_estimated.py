"""Strata with the interval of their mean over dyads (F3)."""

import polars as pl

from melflow.core.statistics.proportions import as_column, as_floats
from melflow.core.statistics.scores import mean_interval


def model(dbt, session):
    cells = dbt.ref("int_strata_aggregated").pl()
    mean, sd, n = (as_floats(cells[name]) for name in ("score", "sd", "n_dyads"))
    found = mean_interval(mean, sd, n, float(dbt.config.meta_get("confidence")))
    bounds = cells.with_columns(as_column("ci_low", found.low), as_column("ci_high", found.high))
    fewest = int(dbt.config.meta_get("min_dyads_modelled"))
    enough = pl.col("n_dyads_compared") >= fewest
    return bounds.with_columns(pl.when(enough).then(name).alias(name) for name in ("ci_low", "ci_high")).to_arrow()
