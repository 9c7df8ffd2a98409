-- A change is hidden when either wave is, and when the people followed through both are too few. The waves are shown
-- as well: those who answered in one of them only are what is left of it without the people followed.
with

changes as (

    select
        * exclude (is_suppressed, n_suppressed_reason),
        is_suppressed or {{ too_few('least(n_from, n_to, n_respondents)', var('min_n_published')) }} as is_small,
        {{ few_apart('n_from - n_pairs', var('min_n_published')) }} as is_few_before,
        {{ few_apart('n_to - n_pairs', var('min_n_published')) }} as is_few_after
    from {{ ref('mart_capability_change') }}

),

hidden as (

    select
        *,
        -- Few in one wave, nobody in the other: the difference of all differences is theirs.
        is_small
        or (is_few_before and coalesce(n_to = n_pairs, false))
        or (is_few_after and coalesce(n_from = n_pairs, false)) as is_suppressed,
        is_suppressed or is_few_before or is_few_after as is_level_hidden
    from changes

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
    {{ shown(['n_from', 'n_to', 'n_pairs', 'n_respondents'] + change_differences()) }},
    {{ shown(change_levels(), hidden='is_level_hidden') }},
    is_suppressed,
    {{ hidden_reason(var('min_n_published')) }},
    '{{ var("publish_level_partner") }}' as publish_level,
    formula_id,
    config_hash,
    as_of,
    load_id
from hidden
order by partner_id, capability, level, rater, period_from, period_to
