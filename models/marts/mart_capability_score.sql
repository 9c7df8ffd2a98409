with

cells as (

    select * from {{ ref('int_scores_completed') }}
    where kind = 'capability'

),

marked as (

    select
        *,
        {{ too_few('n_respondents', var('min_n_programme')) }} as is_suppressed
    from cells

)

select
    subject_id as partner_id,
    construct_id as capability,
    level,
    period_id,
    rater,
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
order by partner_id, capability, level, period_id, rater
