-- Hours of an organisation, not of a person.
with

cells as (

    select * from {{ ref('mart_hours') }}

)

select
    partner_id,
    period_id,
    hours_planned,
    hours_used,
    used_share,
    is_under_resourced,
    reason,
    false as is_suppressed,
    cast(null as varchar) as n_suppressed_reason,
    '{{ var("publish_level_partner") }}' as publish_level,
    formula_id,
    config_hash,
    as_of,
    load_id
from cells
order by partner_id, period_id
