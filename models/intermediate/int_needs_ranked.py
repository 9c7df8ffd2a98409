"""Needs with the interval of each gap (F10), its rank and how sure that is, and whether countries agree (F28)."""

from melflow.core.statistics.needs import with_ranks


def model(dbt, session):
    cells, people = dbt.ref("int_needs_aggregated").pl(), dbt.ref("int_needs_placed").pl()
    seed, confidence = int(dbt.config.meta_get("seed")), float(dbt.config.meta_get("confidence"))
    return with_ranks(cells, people, seed, confidence).to_arrow()
