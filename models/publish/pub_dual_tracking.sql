-- Health is hidden where the published health is, and everything it could be told from: the quadrant and the flag.
with

tracked as (

    select * from {{ ref('mart_dual_tracking') }}

),

hidden as (

    select
        dyad_id,
        period_id,
        bool_or(is_suppressed) as is_suppressed
    from {{ ref('pub_health_dyad') }}
    group by dyad_id, period_id

),

dyads as (

    select
        dyad_id,
        publish_level
    from {{ ref('dim_dyad') }}

),

marked as (

    select
        tracked.*,
        dyads.publish_level,
        coalesce(hidden.is_suppressed, false) as is_suppressed
    from tracked
    inner join dyads using (dyad_id)
    left join hidden using (dyad_id, period_id)

)

select
    dyad_id,
    period_id,
    framework_version,
    case when not is_suppressed then health_composite end as health_composite,
    case when not is_suppressed then health_min_dimension end as health_min_dimension,
    result_index,
    n_results,
    results_due,
    case when not is_suppressed then quadrant end as quadrant,
    health_high_from,
    result_high_from,
    case when not is_suppressed then echo_flag end as echo_flag,
    case when not is_suppressed then trust end as trust,
    case when not is_suppressed then challenge end as challenge,
    novelty_share,
    n_claims,
    contacts,
    case when is_suppressed then 'health hidden: too few respondents' else reason end as reason,
    is_suppressed,
    {{ suppressed_reason(var('min_n_published')) }},
    publish_level,
    formula_id,
    config_hash,
    as_of,
    load_id
from marked
order by dyad_id, period_id
