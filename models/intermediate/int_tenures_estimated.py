"""Median tenure of members, those who are still there censored (F31)."""

from melflow.core.statistics.survival import median_days


def model(dbt, session):
    cases = dbt.ref("int_tenures_listed").pl()
    return median_days(cases, ["entity_kind", "grouped_by", "period_id"], "n_days", "has_left").to_arrow()
