-- The partners add up to the alliance: what is hidden of one could be taken from the rest, so others are hidden (F40).
with

cells as (

    select * exclude (is_suppressed, n_suppressed_reason)
    from {{ ref('mart_entry_profile') }}

),

hidden as (

    select cell
    from {{ ref('int_cells_hidden') }}
    where family = 'entries'

),

marked as (

    select
        cells.*,
        hidden.cell is not null as is_suppressed
    from cells
    left join hidden on cells.scope || ' ' || cells.scope_id = hidden.cell

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
    {{ hidden_reason(var('min_n_published')) }},
    '{{ var("publish_level_partner") }}' as publish_level,
    formula_id,
    config_hash,
    as_of,
    load_id
from marked
order by scope, scope_id, item
