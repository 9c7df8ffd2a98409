-- Registers of organisations are not about persons; a partnership's go as far as its partners agreed.
with

marked as (

    {{ as_partnerships_agreed('mart_cycle_summary') }}

)

select
    marked.scope,
    marked.scope_id,
    marked.n_cycles,
    marked.n_unregistered,
    marked.n_open,
    marked.n_ended,
    marked.n_due,
    marked.n_on_time,
    marked.on_time_share,
    marked.on_time_ci_low,
    marked.on_time_ci_high,
    marked.median_cycle_days,
    marked.products_expected,
    marked.products_delivered,
    marked.delivered_share,
    marked.delivered_ci_low,
    marked.delivered_ci_high,
    marked.n_moves,
    marked.n_moved_up,
    marked.moved_up_share,
    marked.moved_up_ci_low,
    marked.moved_up_ci_high,
    marked.n_questions,
    marked.questions_open,
    marked.questions_advanced,
    marked.questions_answered,
    marked.questions_dropped,
    marked.answered_share,
    marked.answered_ci_low,
    marked.answered_ci_high,
    marked.median_answer_days,
    marked.mean_open_age_days,
    marked.mean_partners_per_question,
    marked.n_linked,
    marked.linked_share,
    marked.linked_ci_low,
    marked.linked_ci_high,
    marked.n_problems,
    marked.n_solved_known,
    marked.n_solved,
    marked.solved_share,
    marked.solved_ci_low,
    marked.solved_ci_high,
    marked.n_iterations_known,
    marked.iterations_per_problem,
    false as is_suppressed,
    cast(null as varchar) as n_suppressed_reason,
    {{ level_of_total(
        'marked.agreed_level', "marked.scope = 'alliance'", "marked.scope = 'partnership'", ''
    ) }} as publish_level,
    marked.formula_id,
    marked.config_hash,
    marked.as_of,
    marked.load_id
from marked
order by marked.scope, marked.scope_id
