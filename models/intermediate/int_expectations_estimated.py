"""Pairs of roles with the gap between their expectations (F15)."""

from melflow.core.statistics.gaps import with_gap


def model(dbt, session):
    pairs = dbt.ref("int_expectations_paired").pl()
    return with_gap(pairs, ("a", "b"), float(dbt.config.meta_get("confidence"))).to_arrow()
