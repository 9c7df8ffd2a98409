-- Everything of the cycles that takes time: how many days it took, or has taken so far, alliance and partnership.
with

cases as (

    select
        'cycle' as kind,
        partnership_id,
        date_diff('day', actual_start, coalesce(actual_end, cast('{{ var("as_of") }}' as date))) as n_days,
        actual_end is not null as is_over
    from {{ ref('int_cycles_listed') }}
    where actual_start is not null
    union all
    -- A question that was dropped was never answered: the wait is cut off that day
    select
        'question' as kind,
        partnership_id,
        age_days as n_days,
        status = 'answered' as is_over
    from {{ ref('int_questions_listed') }}
    where age_days is not null
    union all
    select
        'adaptation' as kind,
        partnership_id,
        date_diff('day', insight_date, coalesce(decided_on, cast('{{ var("as_of") }}' as date))) as n_days,
        decided_on is not null as is_over
    from {{ ref('stg_adaptations') }}
    where is_current and insight_date is not null

)

select
    'alliance' as scope,
    'alliance' as scope_id,
    kind,
    greatest(n_days, 0) as n_days,
    is_over
from cases
union all
select
    'partnership' as scope,
    partnership_id as scope_id,
    kind,
    greatest(n_days, 0) as n_days,
    is_over
from cases
where partnership_id is not null
