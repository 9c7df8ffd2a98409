-- Exchanges are acts of organisations: what protects them is the agreed publish_level, not a number of respondents.
with

flows as (

    select * from {{ ref('mart_mutuality_dyad') }}

),

dyads as (

    select
        dyad_id,
        publish_level
    from {{ ref('dim_dyad') }}

)

select
    flows.dyad_id,
    flows.period_id,
    flows.measure,
    flows.channel,
    flows.flow_ab,
    flows.flow_ba,
    flows.flow_total,
    flows.share_a,
    flows.share_ci_low,
    flows.share_ci_high,
    flows.imbalance_signed,
    flows.imbalance_ci_low,
    flows.imbalance_ci_high,
    flows.mutual_share,
    flows.binom_p,
    flows.n_distinct_days,
    flows.n_confirmed_both,
    flows.n_matched,
    flows.n_disputed,
    flows.n_events_due,
    flows.answered_within_h_share,
    flows.answered_ab_share,
    flows.answered_ba_share,
    flows.median_days_to_answer,
    flows.n_events_open,
    flows.reverse_claims,
    flows.claims,
    flows.reverse_share,
    flows.reverse_ci_low,
    flows.reverse_ci_high,
    false as is_suppressed,
    cast(null as varchar) as n_suppressed_reason,
    dyads.publish_level,
    flows.formula_id,
    flows.config_hash,
    flows.as_of,
    flows.load_id
from flows
inner join dyads using (dyad_id)
order by flows.dyad_id, flows.period_id, flows.measure, flows.channel
