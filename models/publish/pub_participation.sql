-- Registers of organisations are not about persons; a partnership's go as far as its partners agreed.
with

found as (

    select * from {{ ref('mart_participation') }}

),

partnerships as (

    select
        partnership_id,
        publish_level
    from {{ ref('dim_partnership') }}

)

select
    found.cycle_id,
    found.step,
    found.partner_id,
    found.partnership_id,
    found.starts_on,
    found.declared_role,
    found.observed_role,
    found.observed_from,
    found.is_as_declared,
    found.moved_up,
    found.moved_by,
    found.n_traces,
    found.reason,
    false as is_suppressed,
    cast(null as varchar) as n_suppressed_reason,
    case
        when found.partnership_id is null then '{{ var("publish_level_partner") }}'
        else coalesce(partnerships.publish_level, 'internal')
    end as publish_level,
    found.formula_id,
    found.config_hash,
    found.as_of,
    found.load_id
from found
left join partnerships on found.partnership_id = partnerships.partnership_id
order by found.cycle_id, found.step, found.partner_id
