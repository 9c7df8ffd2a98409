"""What came of it later, with the interval of the share (F8)."""

from melflow.core.statistics.proportions import with_share_interval


def model(dbt, session):
    cells = dbt.ref("int_entries_used").pl()
    confidence = float(dbt.config.meta_get("confidence"))
    return with_share_interval(cells, "n_used", "n_claims", ("use_ci_low", "use_ci_high"), confidence).to_arrow()
