with

cells as (

    select * from {{ ref('int_reflection_estimated') }}

),

airtime as (

    select
        scope,
        scope_id,
        period_id,
        total,
        gini,
        gini_star
    from {{ ref('int_power_estimated') }}
    where resource = 'airtime'

)

select
    cells.scope,
    cells.scope_id,
    cells.period_id,
    cast(cells.n_sessions as integer) as n_sessions,
    cast(cells.n_reflection_known as integer) as n_reflection_known,
    cast(cells.n_reflected as integer) as n_reflected,
    cells.n_reflected / nullif(cells.n_reflection_known, 0) as reflected_share,
    cells.reflected_ci_low,
    cells.reflected_ci_high,
    cast(cells.n_examined as integer) as assumptions_examined,
    cast(cells.n_revised as integer) as assumptions_revised,
    cells.n_revised / nullif(cells.n_examined, 0) as revised_share,
    cells.revised_ci_low,
    cells.revised_ci_high,
    cast(cells.n_facilitated as integer) as n_facilitated,
    cast(cells.facilitation_days as integer) as facilitation_days,
    airtime.total as airtime_minutes,
    airtime.gini as airtime_gini,
    airtime.gini_star as airtime_gini_star,
    cast(cells.n_exit_polls as integer) as n_exit_polls,
    cells.exit_score,
    cells.personnel_share,
    {{ stamp('F1,F8,F21') }}
from cells
left join airtime using (scope, scope_id, period_id)
order by cells.scope, cells.scope_id, cells.period_id
