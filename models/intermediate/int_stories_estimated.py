"""Stories with the intervals of their shares (F8)."""

from melflow.core.statistics.proportions import with_share_interval


def model(dbt, session):
    cells = dbt.ref("int_stories_aggregated").pl()
    confidence = float(dbt.config.meta_get("confidence"))
    cells = with_share_interval(cells, "n_verified", "n_stories", ("verified_ci_low", "verified_ci_high"), confidence)
    bounds = ("unanticipated_ci_low", "unanticipated_ci_high")
    return with_share_interval(cells, "n_unanticipated", "n_anticipation_known", bounds, confidence).to_arrow()
