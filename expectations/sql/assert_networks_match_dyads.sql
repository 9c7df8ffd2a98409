-- Failure: weighted reciprocity of a network is not the flow-weighted mean of its dyads' mutual share (F18, F19).
with

dyads as (

    select
        period_id,
        measure,
        channel,
        sum(flow_total) as flow_total,
        sum(mutual_share * flow_total) / nullif(sum(flow_total), 0) as weighted_reciprocity,
        sum(cast(flow_ab > 0 as integer) + cast(flow_ba > 0 as integer)) as edges
    from {{ ref('mart_mutuality_dyad') }}
    where flow_total is not null
    group by period_id, measure, channel

)

select
    period_id,
    measure,
    channel,
    dyads.weighted_reciprocity as mean_of_dyads,
    networks.weighted_reciprocity as of_network
from dyads
full outer join {{ ref('mart_network_period') }} as networks using (period_id, measure, channel)
where
    dyads.edges is distinct from networks.edges
    or abs(dyads.flow_total - networks.flow_total) > 1e-9 * greatest(1, networks.flow_total)
    or (dyads.weighted_reciprocity is null) != (networks.weighted_reciprocity is null)
    or abs(dyads.weighted_reciprocity - networks.weighted_reciprocity) > 1e-12
