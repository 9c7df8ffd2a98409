"""Associations between and within dyads (F35, F37), every lag of every series at once."""

import polars as pl

from melflow.core.statistics.association import with_association


def model(dbt, session):
    pairs = dbt.ref("int_associations_paired").pl()
    fewest, confidence = int(dbt.config.meta_get("fewest")), float(dbt.config.meta_get("confidence"))
    shown = pairs.filter("is_shown")
    both = pl.concat([pairs.with_columns(seen=pl.lit("all")), shown.with_columns(seen=pl.lit("shown"))])
    by = ["seen", "association", "dimension", "lag"]
    return with_association(both, by, "dyad_id", "x", "y", fewest, confidence).to_arrow()
