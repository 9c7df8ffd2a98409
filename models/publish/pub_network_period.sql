-- A dyad's flows could be had by subtracting the others', also that it had none: a network goes no further than the
-- narrowest dyad of the period.
with

networks as (

    select * from {{ ref('mart_network_period') }}

),

flows as (

    select * from {{ ref('mart_mutuality_dyad') }}

),

dyads as (

    select
        dyad_id,
        publish_level
    from {{ ref('dim_dyad') }}

),

levels as (

    select
        flows.period_id,
        arg_min(
            dyads.publish_level, list_position(['internal', 'partners', 'funder', 'public'], dyads.publish_level)
        ) as publish_level
    from flows
    inner join dyads using (dyad_id)
    group by flows.period_id

)

select
    networks.period_id,
    networks.measure,
    networks.channel,
    networks.n_partners,
    networks.edges,
    networks.flow_total,
    networks.loops_dropped,
    networks.rows_outside_dyads,
    networks.edge_reciprocity,
    networks.dyad_reciprocity_ratio,
    networks.symmetric_pair_share,
    networks.reciprocity_rho,
    networks.weighted_reciprocity,
    networks.weighted_reciprocity_expected,
    networks.weighted_reciprocity_rho,
    networks.null_model,
    networks.n_draws,
    networks.seed,
    networks.gini_out,
    networks.gini_in,
    networks.evenness_out,
    networks.evenness_in,
    networks.hhi_out,
    networks.centralisation_in,
    networks.centralisation_out,
    networks.ei_index,
    networks.density,
    networks.reason,
    false as is_suppressed,
    cast(null as varchar) as n_suppressed_reason,
    levels.publish_level,
    networks.formula_id,
    networks.config_hash,
    networks.as_of,
    networks.load_id
from networks
inner join levels using (period_id)
order by networks.period_id, networks.measure, networks.channel
