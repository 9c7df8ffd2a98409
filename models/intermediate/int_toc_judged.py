"""Arrows of the map with whether they run in a circle."""

import polars as pl

from melflow.core.statistics.loops import on_loop


def model(dbt, session):
    edges = dbt.ref("int_toc_placed").pl()
    whole = edges.filter(pl.col("missing_node").is_null())
    whole = whole.with_columns(on_loop(whole, ["version"], "from_node", "to_node"))
    loose = edges.filter(pl.col("missing_node").is_not_null()).with_columns(pl.lit(False).alias("is_on_loop"))
    return pl.concat([whole, loose]).sort("version", "edge_id").to_arrow()
