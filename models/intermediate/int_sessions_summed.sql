-- One session each, whatever the number of its speakers; for the alliance and for the partnership it belongs to.
with

contributions as (

    select * from {{ ref('stg_sessions') }}
    where is_current and period_id is not null

),

sessions as (

    select
        source,
        session_id,
        period_id,
        any_value(partnership_id) as partnership_id,
        max(held_on) as held_on,
        bool_or(is_reflected) as is_reflected,
        bool_or(coalesce(is_facilitator, false)) as is_facilitated,
        max(assumptions_examined) as assumptions_examined,
        max(assumptions_revised) as assumptions_revised,
        round(avg(exit_score), 10) as exit_score
    from contributions
    group by all

)

select
    'alliance' as scope,
    'alliance' as scope_id,
    source,
    session_id,
    period_id,
    partnership_id,
    held_on,
    is_reflected,
    is_facilitated,
    assumptions_examined,
    assumptions_revised,
    exit_score
from sessions
union all
select
    'partnership' as scope,
    partnership_id as scope_id,
    source,
    session_id,
    period_id,
    partnership_id,
    held_on,
    is_reflected,
    is_facilitated,
    assumptions_examined,
    assumptions_revised,
    exit_score
from sessions
where partnership_id is not null
