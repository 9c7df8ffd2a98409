"""The alliance as a network, by period, measure and channel (F17, F19-F24b)."""

from melflow.core.statistics.network import with_networks


def model(dbt, session):
    pairs = dbt.ref("int_flows_aggregated").filter("flow_ab is not null").pl()
    members = dbt.ref("int_network_members").pl()
    columns = "period_id, measure, channel, from_partner_id, to_partner_id, amount"
    exchanges = dbt.ref("int_exchanges_measured").select(columns).pl()
    n_draws, seed = int(dbt.config.meta_get("n_draws")), int(dbt.config.meta_get("seed"))
    return with_networks(pairs, members, exchanges, n_draws, seed).to_arrow()
