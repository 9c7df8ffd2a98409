-- Registers of organisations are not about persons; a partnership's go as far as its partners agreed.
with

found as (

    select * from {{ ref('mart_product') }}

),

partnerships as (

    select
        partnership_id,
        publish_level
    from {{ ref('dim_partnership') }}

)

select
    found.product_id,
    found.version,
    found.version_key,
    found.cycle_id,
    found.partnership_id,
    found.period_id,
    found.type,
    found.title,
    found.status,
    found.is_delivered,
    found.finished_on,
    found.n_authors,
    found.parent_version_key,
    found.root_version_key,
    found.lineage_depth,
    found.n_contexts,
    found.n_own_contexts,
    found.result_ref,
    found.licence,
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
order by found.product_id, found.version
