with

events as (

    select * from {{ ref('stg_held_events') }}

)

select
    held_id,
    any_value(source) as source,
    any_value(table_name) as table_name,
    any_value(rule_id) as rule_id,
    arg_max(partner_id, happened_at) as partner_id,
    arg_max(state, happened_at) as state,
    cast(min(happened_at) as date) as first_seen_on,
    cast(max(happened_at) as date) as changed_on,
    count(*) filter (where state = 'returned') as n_returned,
    count(*) filter (where state = 'held') - 1 as n_reopened
from events
group by held_id
