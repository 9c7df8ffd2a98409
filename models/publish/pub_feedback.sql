-- F40: beside small events, the smallest of the others goes where the period less the rest would show a small one.
with

cells as (

    select
        * exclude (is_suppressed, n_suppressed_reason),
        min(n_respondents) over (partition by event_id, period_id) as n_least
    from {{ ref('mart_feedback') }}

),

events as (

    select
        event_id,
        period_id,
        any_value(n_least) as n,
        {{ too_few('any_value(n_least)', var('min_n_published')) }} as is_small
    from cells
    where event_id != 'all'
    group by event_id, period_id

),

placed as (

    select
        *,
        row_number() over (partition by period_id, is_small order by n, event_id) as place,
        sum(n) filter (where is_small) over (partition by period_id) as n_small
    from events

),

judged as (

    select
        *,
        is_small or (place = 1 and coalesce(n_small < {{ var('min_n_published') }}, false)) as is_hidden
    from placed

),

hidden as (

    select
        cells.*,
        coalesce(judged.is_small, {{ too_few('cells.n_least', var('min_n_published')) }}) as is_small,
        coalesce(judged.is_hidden, {{ too_few('cells.n_least', var('min_n_published')) }}) as is_suppressed
    from cells
    left join judged using (event_id, period_id)

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
    case
        when is_small then 'fewer than {{ var("min_n_published") }} respondents'
        when is_suppressed then 'would show what a smaller group said'
    end as n_suppressed_reason,
    '{{ var("publish_level_partner") }}' as publish_level,
    formula_id,
    config_hash,
    as_of,
    load_id
from hidden
order by event_id, period_id, item
