-- The partners add up to the alliance: one hidden alone could be taken from the rest, so a second is hidden (F40).
with

cells as (

    select
        * exclude (is_suppressed, n_suppressed_reason),
        {{ too_few('n_respondents', var('min_n_published')) }} as is_small
    from {{ ref('mart_entry_profile') }}

),

counted as (

    select
        *,
        count(*) filter (where is_small and scope = 'partner') over (partition by item) as n_small,
        row_number() over (
            partition by item, scope, is_small
            order by n_respondents, scope_id
        ) as place
    from cells

),

entries as (

    select
        *,
        is_small or (n_small = 1 and scope = 'partner' and place = 1) as is_suppressed
    from counted

)

select
    scope,
    scope_id,
    item,
    {{ shown([
        "n_respondents", "n_items", "score", "sd", "ci_low", "ci_high",
        "ci_clipped", "alpha", "alpha_ci_low", "alpha_ci_high", "spearman_brown", "omega",
        "reliability_n", "n_claims", "use_share", "use_ci_low", "use_ci_high"
    ]) }},
    is_suppressed,
    case
        when is_small then 'fewer than {{ var("min_n_published") }} respondents'
        when is_suppressed then 'the one hidden partner could be taken from the alliance and the others'
    end as n_suppressed_reason,
    '{{ var("publish_level_partner") }}' as publish_level,
    formula_id,
    config_hash,
    as_of,
    load_id
from entries
order by scope, scope_id, item
