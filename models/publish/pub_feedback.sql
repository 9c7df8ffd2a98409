-- F40: beside small events, the smallest of the others goes where the period less the rest would show a small one.
with

cells as (

    select * exclude (is_suppressed, n_suppressed_reason)
    from {{ ref('mart_feedback') }}

),

hidden as (

    select
        unit as period_id,
        cell as event_id
    from {{ ref('int_cells_hidden') }}
    where family = 'feedback'

),

marked as (

    select
        cells.*,
        hidden.event_id is not null as is_suppressed
    from cells
    left join hidden using (event_id, period_id)

)

select
    event_id,
    period_id,
    item,
    title,
    host_id,
    held_on,
    {{ shown(feedback_values()) }},
    reason,
    is_suppressed,
    {{ hidden_reason(var('min_n_published')) }},
    '{{ var("publish_level_partner") }}' as publish_level,
    formula_id,
    config_hash,
    as_of,
    load_id
from marked
order by event_id, period_id, item
