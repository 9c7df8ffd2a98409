with

cells as (

    select * from {{ ref('int_scores_completed') }}
    where kind = 'health_dimension'

),

marked as (

    select
        *,
        {{ too_few('n_respondents', var('min_n_programme')) }} as is_suppressed
    from cells

)

select
    subject_id as dyad_id,
    rater as rater_side,
    construct_id as dimension,
    period_id,
    framework_version,
    array_to_string(instruments, ', ') as instrument_id,
    form_versions,
    n_items,
    n_items_median_answered,
    n_respondents,
    n_invited,
    {{ shown(score_values()) }},
    is_suppressed,
    {{ suppressed_reason(var('min_n_programme')) }},
    {{ stamp('F1,F1b,F2,F3,F4,F5,F6,F7,F8,F16') }}
from marked
order by dyad_id, rater_side, dimension, period_id
