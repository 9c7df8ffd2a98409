"""Sessions with the intervals of their shares (F8)."""

from melflow.core.statistics.proportions import with_share_interval


def model(dbt, session):
    cells = dbt.ref("int_reflection_aggregated").pl()
    confidence = float(dbt.config.meta_get("confidence"))
    bounds = ("reflected_ci_low", "reflected_ci_high")
    cells = with_share_interval(cells, "n_reflected", "n_reflection_known", bounds, confidence)
    bounds = ("revised_ci_low", "revised_ci_high")
    return with_share_interval(cells, "n_revised", "n_examined", bounds, confidence).to_arrow()
