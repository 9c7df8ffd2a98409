-- Sessions and what came of them, with the cost of people beside.
with

sessions as (

    select * from {{ ref('int_sessions_summed') }}

),

budget as (

    select * from {{ ref('int_personnel_summed') }}

)

select
    sessions.scope,
    sessions.scope_id,
    sessions.period_id,
    count(*) as n_sessions,
    count(sessions.is_reflected) as n_reflection_known,
    count(*) filter (where sessions.is_reflected) as n_reflected,
    sum(sessions.assumptions_examined) as n_examined,
    case
        when sum(sessions.assumptions_examined) > 0 then coalesce(sum(sessions.assumptions_revised), 0)
    end as n_revised,
    count(*) filter (where sessions.is_facilitated) as n_facilitated,
    count(distinct sessions.held_on) filter (where sessions.is_facilitated) as facilitation_days,
    count(sessions.exit_score) as n_exit_polls,
    round(avg(sessions.exit_score), 9) as exit_score,
    any_value(budget.personnel_share) as personnel_share
from sessions
left join budget using (scope, scope_id, period_id)
group by sessions.scope, sessions.scope_id, sessions.period_id
