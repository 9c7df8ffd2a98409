"""Pairs of views with their gap and its interval (F15)."""

from melflow.core.statistics.scores import with_gap_intervals


def model(dbt, session):
    pairs = dbt.ref("int_sides_paired").pl()
    return with_gap_intervals(pairs, float(dbt.config.meta_get("confidence"))).to_arrow()
