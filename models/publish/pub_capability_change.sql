-- A change is hidden when either wave is, and when the people followed through both are too few.
with

changes as (

    select
        * exclude (is_suppressed, n_suppressed_reason),
        is_suppressed or {{ too_few('least(n_from, n_to, n_respondents)', var('min_n_published')) }} as is_suppressed
    from {{ ref('mart_capability_change') }}

)

select
    partner_id,
    capability,
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
    {{ shown(['n_from', 'n_to', 'n_pairs', 'n_respondents'] + change_values()) }},
    is_suppressed,
    {{ suppressed_reason(var('min_n_published')) }},
    '{{ var("publish_level_partner") }}' as publish_level,
    formula_id,
    config_hash,
    as_of,
    load_id
from changes
order by partner_id, capability, level, rater, period_from, period_to
