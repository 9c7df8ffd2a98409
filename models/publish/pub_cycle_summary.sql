-- Registers of organisations are not about persons; a partnership's go as far as its partners agreed.
with

found as (

    select * from {{ ref('mart_cycle_summary') }}

),

partnerships as (

    select
        partnership_id,
        publish_level
    from {{ ref('dim_partnership') }}

)

select
    found.scope,
    found.scope_id,
    found.n_cycles,
    found.n_unregistered,
    found.n_open,
    found.n_ended,
    found.n_due,
    found.n_on_time,
    found.on_time_share,
    found.on_time_ci_low,
    found.on_time_ci_high,
    found.median_cycle_days,
    found.products_expected,
    found.products_delivered,
    found.delivered_share,
    found.delivered_ci_low,
    found.delivered_ci_high,
    found.n_moves,
    found.n_moved_up,
    found.moved_up_share,
    found.moved_up_ci_low,
    found.moved_up_ci_high,
    found.n_questions,
    found.questions_open,
    found.questions_advanced,
    found.questions_answered,
    found.questions_dropped,
    found.answered_share,
    found.answered_ci_low,
    found.answered_ci_high,
    found.median_answer_days,
    found.mean_open_age_days,
    found.mean_partners_per_question,
    found.n_linked,
    found.linked_share,
    found.linked_ci_low,
    found.linked_ci_high,
    found.n_problems,
    found.n_solved_known,
    found.n_solved,
    found.solved_share,
    found.solved_ci_low,
    found.solved_ci_high,
    found.n_iterations_known,
    found.iterations_per_problem,
    false as is_suppressed,
    cast(null as varchar) as n_suppressed_reason,
    case found.scope
        when 'partnership' then coalesce(partnerships.publish_level, 'internal')
        else '{{ var("publish_level_partner") }}'
    end as publish_level,
    found.formula_id,
    found.config_hash,
    found.as_of,
    found.load_id
from found
left join partnerships
    on case when found.scope = 'partnership' then found.scope_id end = partnerships.partnership_id
order by found.scope, found.scope_id
