with

networks as (

    select * from {{ ref('int_networks_estimated') }}

),

left_out as (

    select * from {{ ref('int_exchanges_left_out') }}

)

select
    networks.period_id,
    networks.measure,
    networks.channel,
    networks.n_partners,
    networks.edges,
    networks.flow_total,
    coalesce(left_out.n_loops, 0) as loops_dropped,
    coalesce(left_out.n_outside, 0) as rows_outside_dyads,
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
    {{ stamp('F17,F19,F20,F21,F22,F23,F24,F24b') }}
from networks
left join left_out using (period_id, measure, channel)
order by networks.period_id, networks.measure, networks.channel
