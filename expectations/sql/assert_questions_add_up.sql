-- Failure: the questions of the cycles are not the questions of the board, or a cycle's products are lost on the way.
with

boards as (

    select
        cycle_id,
        status,
        count(*) as n_questions
    from {{ ref('mart_question') }}
    where cycle_id is not null
    group by cycle_id, status

),

cycles as (

    unpivot (
        select
            cycle_id,
            questions_open as open,
            questions_advanced as advanced,
            questions_answered as answered,
            questions_dropped as dropped
        from {{ ref('mart_learning_cycle') }}
    )
    on open, advanced, answered, dropped
    into name status value n_questions

),

summary as (

    select n_questions
    from {{ ref('mart_cycle_summary') }}
    where scope = 'alliance'

)

select
    coalesce(boards.cycle_id, cycles.cycle_id) as cycle_id,
    coalesce(boards.n_questions, 0) - coalesce(cycles.n_questions, 0) as difference
from boards
full outer join cycles on boards.cycle_id = cycles.cycle_id and boards.status = cycles.status
where difference != 0
union all
select
    'alliance' as cycle_id,
    summary.n_questions - (select count(*) from {{ ref('mart_question') }}) as difference
from summary
where difference != 0
