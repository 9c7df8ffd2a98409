-- F40: besides small groups, a large one goes where its absence from a total would show what a small one said.
with

cells as (

    select * exclude (is_suppressed, n_suppressed_reason)
    from {{ ref('mart_needs_baseline') }}

),

hidden as (

    select
        unit as period_id,
        cell
    from {{ ref('int_cells_hidden') }}
    where family = 'needs'

),

marked as (

    select
        cells.*,
        hidden.cell is not null as is_suppressed
    from cells
    left join hidden on cells.period_id = hidden.period_id and cells.scope || ' ' || cells.scope_id = hidden.cell

)

select
    scope,
    scope_id,
    topic,
    period_id,
    {{ shown(['n_partners', 'n_respondents']) }},
    {{ shown(needs_values()) }},
    case when not is_suppressed then reason end as reason,
    frozen_on,
    is_suppressed,
    {{ hidden_reason(var('min_n_published')) }},
    '{{ var("publish_level_partner") }}' as publish_level,
    formula_id,
    config_hash,
    as_of,
    load_id
from marked
order by scope, scope_id, period_id, topic
