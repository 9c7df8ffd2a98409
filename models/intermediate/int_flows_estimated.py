"""Flows with the interval and test of their balance (F18)."""

from melflow.core.statistics.flow import with_balance


def model(dbt, session):
    cells = dbt.ref("int_flows_aggregated").pl()
    return with_balance(cells, float(dbt.config.meta_get("confidence"))).to_arrow()
