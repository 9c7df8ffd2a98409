with

cells as (

    select * from {{ ref('int_cycle_summary_estimated') }}

),

medians as (

    select * from {{ ref('int_cycle_cases_estimated') }}

)

select
    cells.scope,
    cells.scope_id,
    cast(coalesce(cells.n_cycles, 0) as integer) as n_cycles,
    cast(coalesce(cells.n_unregistered, 0) as integer) as n_unregistered,
    cast(coalesce(cells.n_open, 0) as integer) as n_open,
    cast(coalesce(cells.n_ended, 0) as integer) as n_ended,
    cast(coalesce(cells.n_due, 0) as integer) as n_due,
    cast(coalesce(cells.n_on_time, 0) as integer) as n_on_time,
    cells.n_on_time / nullif(cells.n_due, 0) as on_time_share,
    cells.on_time_ci_low,
    cells.on_time_ci_high,
    cycles.median_days as median_cycle_days,
    cast(coalesce(cells.products_expected, 0) as integer) as products_expected,
    cast(coalesce(cells.products_delivered, 0) as integer) as products_delivered,
    cells.products_delivered / nullif(cells.products_expected, 0) as delivered_share,
    cells.delivered_ci_low,
    cells.delivered_ci_high,
    cast(coalesce(cells.n_moves, 0) as integer) as n_moves,
    cast(coalesce(cells.n_moved_up, 0) as integer) as n_moved_up,
    cells.n_moved_up / nullif(cells.n_moves, 0) as moved_up_share,
    cells.moved_up_ci_low,
    cells.moved_up_ci_high,
    cast(coalesce(cells.n_questions, 0) as integer) as n_questions,
    cast(coalesce(cells.questions_open, 0) as integer) as questions_open,
    cast(coalesce(cells.questions_advanced, 0) as integer) as questions_advanced,
    cast(coalesce(cells.questions_answered, 0) as integer) as questions_answered,
    cast(coalesce(cells.questions_dropped, 0) as integer) as questions_dropped,
    cells.questions_answered / nullif(cells.n_questions, 0) as answered_share,
    cells.answered_ci_low,
    cells.answered_ci_high,
    questions.median_days as median_answer_days,
    cells.mean_open_age_days,
    cells.mean_partners_per_question,
    cast(coalesce(cells.n_linked, 0) as integer) as n_linked,
    cells.n_linked / nullif(cells.n_questions, 0) as linked_share,
    cells.linked_ci_low,
    cells.linked_ci_high,
    cast(coalesce(cells.n_problems, 0) as integer) as n_problems,
    cast(coalesce(cells.n_solved_known, 0) as integer) as n_solved_known,
    cast(coalesce(cells.n_solved, 0) as integer) as n_solved,
    cells.n_solved / nullif(cells.n_solved_known, 0) as solved_share,
    cells.solved_ci_low,
    cells.solved_ci_high,
    cast(coalesce(cells.n_iterations_known, 0) as integer) as n_iterations_known,
    cells.iterations_per_problem,
    {{ stamp('F8,F31') }}
from cells
left join medians as cycles
    on cells.scope = cycles.scope and cells.scope_id = cycles.scope_id and cycles.kind = 'cycle'
left join medians as questions
    on cells.scope = questions.scope and cells.scope_id = questions.scope_id and questions.kind = 'question'
order by cells.scope, cells.scope_id
