"""What was learned and used, with intervals (F8, F30) and the time to application (F31)."""

from melflow.core.statistics.ladder import with_use


def model(dbt, session):
    cells = dbt.ref("int_uses_aggregated").pl()
    claims = dbt.ref("int_claims_celled").pl()
    return with_use(cells, claims, float(dbt.config.meta_get("confidence"))).to_arrow()
