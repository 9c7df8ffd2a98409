"""Cells with the reliability of their scale (F4, F5)."""

from melflow.core.statistics.reliability import with_reliability


def model(dbt, session):
    cells = dbt.ref("int_items_related").pl()
    return with_reliability(cells, float(dbt.config.meta_get("confidence"))).to_arrow()
