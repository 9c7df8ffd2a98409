"""Which report of the giver and which of the receiver are about the same exchange."""

from melflow.core.statistics.matching import match_reports


def model(dbt, session):
    reports = dbt.ref("int_reports_sided").pl()
    days, share = int(dbt.config.meta_get("match_days")), float(dbt.config.meta_get("match_quantity_share"))
    return match_reports(reports, days, share).to_arrow()
