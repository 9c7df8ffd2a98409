"""Net response of actors with its interval (F32)."""

from melflow.core.statistics.response import with_net_response


def model(dbt, session):
    cells = dbt.ref("int_responses_aggregated").pl()
    return with_net_response(cells, float(dbt.config.meta_get("confidence"))).to_arrow()
