-- Counts of sessions are not about people; a partnership's go as far as its partners agreed.
with

sessions as (

    select * from {{ ref('mart_reflection') }}

),

partnerships as (

    select
        partnership_id,
        publish_level
    from {{ ref('dim_partnership') }}

)

select
    sessions.scope,
    sessions.scope_id,
    sessions.period_id,
    sessions.n_sessions,
    sessions.n_reflection_known,
    sessions.n_reflected,
    sessions.reflected_share,
    sessions.reflected_ci_low,
    sessions.reflected_ci_high,
    sessions.assumptions_examined,
    sessions.assumptions_revised,
    sessions.revised_share,
    sessions.revised_ci_low,
    sessions.revised_ci_high,
    sessions.n_facilitated,
    sessions.facilitation_days,
    sessions.airtime_minutes,
    sessions.airtime_gini,
    sessions.airtime_gini_star,
    sessions.n_exit_polls,
    sessions.exit_score,
    sessions.personnel_share,
    false as is_suppressed,
    cast(null as varchar) as n_suppressed_reason,
    case sessions.scope
        when 'partnership' then coalesce(partnerships.publish_level, 'internal')
        else '{{ var("publish_level_partner") }}'
    end as publish_level,
    sessions.formula_id,
    sessions.config_hash,
    sessions.as_of,
    sessions.load_id
from sessions
left join partnerships
    on case when sessions.scope = 'partnership' then sessions.scope_id end = partnerships.partnership_id
order by sessions.scope, sessions.scope_id, sessions.period_id
