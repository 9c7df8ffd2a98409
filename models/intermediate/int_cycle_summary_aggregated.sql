-- The cycles of the alliance and of each partnership together.
with

cycles as (

    select
        *,
        {{ cycle_on_time("cast('" ~ var('as_of') ~ "' as date)") }} as is_on_time
    from {{ ref('int_cycles_aggregated') }}

),

questions as (

    select * from {{ ref('int_questions_listed') }}

),

problems as (

    select * from {{ ref('stg_problems') }}
    where is_current

),

of_cycles as (

    select
        case when grouping(partnership_id) = 1 then 'alliance' else 'partnership' end as scope,
        case when grouping(partnership_id) = 1 then 'alliance' else partnership_id end as scope_id,
        count(*) as n_cycles,
        count(*) filter (where not is_registered) as n_unregistered,
        count(*) filter (where actual_start is not null and actual_end is null) as n_open,
        count(actual_end) as n_ended,
        count(is_on_time) as n_due,
        count(*) filter (where is_on_time) as n_on_time,
        sum(n_products_expected) as products_expected,
        sum(products_delivered) as products_delivered,
        coalesce(sum(n_moves), 0) as n_moves,
        coalesce(sum(n_moved_up), 0) as n_moved_up
    from cycles
    group by grouping sets ((partnership_id), ())

),

of_questions as (

    select
        case when grouping(partnership_id) = 1 then 'alliance' else 'partnership' end as scope,
        case when grouping(partnership_id) = 1 then 'alliance' else partnership_id end as scope_id,
        count(*) as n_questions,
        count(*) filter (where status = 'open') as questions_open,
        count(*) filter (where status = 'advanced') as questions_advanced,
        count(*) filter (where status = 'answered') as questions_answered,
        count(*) filter (where status = 'dropped') as questions_dropped,
        round(avg(n_partners), 9) as mean_partners_per_question,
        count(*) filter (where n_partners >= 2) as n_linked,
        round(avg(age_days) filter (where status in ('open', 'advanced')), 9) as mean_open_age_days
    from questions
    group by grouping sets ((partnership_id), ())

),

of_problems as (

    select
        case when grouping(partnership_id) = 1 then 'alliance' else 'partnership' end as scope,
        case when grouping(partnership_id) = 1 then 'alliance' else partnership_id end as scope_id,
        count(*) as n_problems,
        count(is_solved) as n_solved_known,
        count(*) filter (where is_solved) as n_solved,
        count(iterations) as n_iterations_known,
        round(avg(iterations), 9) as iterations_per_problem
    from problems
    group by grouping sets ((partnership_id), ())

),

scopes as (

    select
        scope,
        scope_id
    from of_cycles
    union
    select
        scope,
        scope_id
    from of_questions
    union
    select
        scope,
        scope_id
    from of_problems

)

select
    scopes.scope,
    scopes.scope_id,
    of_cycles.* exclude (scope, scope_id),
    of_questions.* exclude (scope, scope_id),
    of_problems.* exclude (scope, scope_id)
from scopes
left join of_cycles on scopes.scope = of_cycles.scope and scopes.scope_id = of_cycles.scope_id
left join of_questions on scopes.scope = of_questions.scope and scopes.scope_id = of_questions.scope_id
left join of_problems on scopes.scope = of_problems.scope and scopes.scope_id = of_problems.scope_id
where scopes.scope_id is not null
