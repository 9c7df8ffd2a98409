"""Changes with their intervals, effect sizes and tests (F10-F13)."""

from melflow.core.statistics.change import with_change


def model(dbt, session):
    cells = dbt.ref("int_changes_paired").pl()
    return with_change(cells, float(dbt.config.meta_get("confidence"))).to_arrow()
