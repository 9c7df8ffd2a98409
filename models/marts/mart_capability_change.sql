with

changes as (

    select
        * replace (
            case when comparable then sd_diff end as sd_diff,
            case when comparable then n_up end as n_up,
            case when comparable then n_down end as n_down,
            case when comparable then n_same end as n_same
        ),
        {{ too_few('n_respondents', var('min_n_programme')) }} as is_suppressed
    from {{ ref('int_changes_estimated') }}

)

select
    subject_id as partner_id,
    construct_id as capability,
    level,
    rater,
    period_from,
    period_to,
    is_consecutive,
    is_first_to_latest,
    framework_version_from,
    framework_version_to,
    comparable,
    comparable_reason,
    linkage,
    delta_min,
    n_from,
    n_to,
    n_pairs,
    n_respondents,
    {{ shown(change_levels() + change_differences()) }},
    is_suppressed,
    {{ suppressed_reason(var('min_n_programme')) }},
    {{ stamp('F9,F10,F11,F12,F13') }}
from changes
order by partner_id, capability, level, rater, period_from, period_to
