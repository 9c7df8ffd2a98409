"""How concentrated the funding of a period is (F23)."""

from melflow.core.statistics.concentration import with_concentration


def model(dbt, session):
    return with_concentration(dbt.ref("int_funding_summed").pl(), ["period_id"], "amount").to_arrow()
