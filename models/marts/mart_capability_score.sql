with

cells as (

    select * from {{ ref('int_scores_estimated') }}
    where kind = 'capability'

),

marked as (

    select
        *,
        case when ci_low is not null then 't' end as ci_method,
        {{ too_few('n_respondents', var('min_n_programme')) }} as is_suppressed
    from cells

)

select
    subject_id as partner_id,
    construct_id as capability,
    level,
    period_id,
    rater,
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
order by partner_id, capability, level, period_id, rater
