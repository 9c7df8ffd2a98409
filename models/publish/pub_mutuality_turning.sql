-- Exchanges are acts of organisations: what protects them is the agreed publish_level, not a number of respondents.
with

turnings as (

    select * from {{ ref('mart_mutuality_turning') }}

),

dyads as (

    select
        dyad_id,
        publish_level
    from {{ ref('dim_dyad') }}

)

select
    turnings.dyad_id,
    turnings.measure,
    turnings.first_period_id,
    turnings.last_period_id,
    turnings.n_periods,
    turnings.first_imbalance,
    turnings.last_imbalance,
    turnings.trend_slope,
    turnings.mutual_trend_slope,
    turnings.sign_changed,
    turnings.n_one_way_periods,
    turnings.direction_before,
    turnings.turning_period_id,
    turnings.turning_flow_total,
    turnings.turning_mutual_share,
    turnings.stayed_mutual,
    turnings.reason,
    false as is_suppressed,
    cast(null as varchar) as n_suppressed_reason,
    dyads.publish_level,
    turnings.formula_id,
    turnings.config_hash,
    turnings.as_of,
    turnings.load_id
from turnings
inner join dyads using (dyad_id)
order by turnings.dyad_id, turnings.measure, turnings.n_periods
