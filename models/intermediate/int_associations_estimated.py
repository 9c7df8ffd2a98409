"""Associations between and within dyads (F35, F37), every lag of every series at once."""

from melflow.core.statistics.association import with_association


def model(dbt, session):
    pairs = dbt.ref("int_associations_paired").pl()
    fewest, confidence = int(dbt.config.meta_get("fewest")), float(dbt.config.meta_get("confidence"))
    found = with_association(pairs, ["association", "dimension", "lag"], "dyad_id", "x", "y", fewest, confidence)
    return found.to_arrow()
