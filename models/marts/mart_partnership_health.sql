with

cells as (

    select * from {{ ref('int_scores_estimated') }}
    where kind = 'health_dimension'

),

marked as (

    select
        *,
        case when ci_low is not null then 't' end as ci_method,
        {{ too_few('n_respondents', var('min_n_programme')) }} as is_suppressed
    from cells

)

select
    subject_id as dyad_id,
    rater as rater_side,
    construct_id as dimension,
    period_id,
    array_to_string(instruments, ', ') as instrument_id,
    form_versions,
    n_items,
    n_items_median_answered,
    n_respondents,
    {{ shown(score_values()) }},
    is_suppressed,
    {{ suppressed_reason(var('min_n_programme')) }},
    {{ stamp('F1,F1b,F2,F3,F7,F8') }}
from marked
order by dyad_id, rater_side, dimension, period_id
