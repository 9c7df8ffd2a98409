with

cells as (

    select
        *,
        {{ too_few('n_respondents', var('min_n_programme')) }} as is_suppressed
    from {{ ref('int_entries_estimated') }}

),

used as (

    select
        *,
        'all' as item
    from {{ ref('int_entries_followed') }}

),

found as (

    select
        cells.*,
        case when cells.item = 'all' then coalesce(used.n_claims, 0) end as n_claims,
        used.n_used / nullif(used.n_claims, 0) as use_share,
        used.use_ci_low,
        used.use_ci_high
    from cells
    left join used
        on cells.scope = used.scope and cells.scope_id = used.scope_id and cells.item = used.item

)

select
    scope,
    scope_id,
    item,
    case when not is_suppressed then cast(n_respondents as integer) end as n_respondents,
    case when not is_suppressed then cast(n_items as integer) end as n_items,
    case when not is_suppressed then score end as score,
    case when not is_suppressed then sd end as sd,
    case when not is_suppressed then ci_low end as ci_low,
    case when not is_suppressed then ci_high end as ci_high,
    case when not is_suppressed then ci_clipped end as ci_clipped,
    case when not is_suppressed then alpha end as alpha,
    case when not is_suppressed then alpha_ci_low end as alpha_ci_low,
    case when not is_suppressed then alpha_ci_high end as alpha_ci_high,
    case when not is_suppressed then spearman_brown end as spearman_brown,
    case when not is_suppressed then omega end as omega,
    case when not is_suppressed and item = 'all' then cast(reliability_n as integer) end as reliability_n,
    case when not is_suppressed then cast(n_claims as integer) end as n_claims,
    case when not is_suppressed then use_share end as use_share,
    case when not is_suppressed then use_ci_low end as use_ci_low,
    case when not is_suppressed then use_ci_high end as use_ci_high,
    is_suppressed,
    {{ suppressed_reason(var('min_n_programme')) }},
    {{ stamp('F1,F2,F3,F4,F5,F8') }}
from found
order by scope, scope_id, item
