"""Sessions with the intervals of their shares (F8)."""

from melflow.core.statistics.proportions import with_share_interval


def model(dbt, session):
    cells = dbt.ref("int_reflection_aggregated").pl()
    confidence = float(dbt.config.meta_get("confidence"))
    for count, total, name in (("n_reflected", "n_reflection_known", "reflected"), ("n_revised", "n_examined", "revised")):
        cells = with_share_interval(cells, count, total, (f"{name}_ci_low", f"{name}_ci_high"), confidence)
    return cells.to_arrow()
