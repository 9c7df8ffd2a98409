with

scores as (

    select
        * exclude (is_suppressed, n_suppressed_reason),
        is_suppressed or {{ too_few('n_respondents', var('min_n_published')) }} as is_suppressed
    from {{ ref('mart_capability_score') }}

)

select
    partner_id,
    capability,
    level,
    period_id,
    rater,
    framework_version,
    instrument_id,
    form_versions,
    n_items,
    {{ shown(['n_items_median_answered', 'n_respondents', 'n_invited'] + score_values()) }},
    is_suppressed,
    {{ suppressed_reason(var('min_n_published')) }},
    '{{ var("publish_level_partner") }}' as publish_level,
    formula_id,
    config_hash,
    as_of,
    load_id
from scores
order by partner_id, capability, level, period_id, rater
