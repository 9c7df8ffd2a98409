-- Exchanges are acts of organisations.
with

cells as (

    select * from {{ ref('mart_counterparts') }}

)

select
    partner_id,
    period_id,
    partner_type,
    n_counterparts,
    n_counterpart_types,
    n_other_type,
    n_same_type,
    ei_index,
    false as is_suppressed,
    cast(null as varchar) as n_suppressed_reason,
    '{{ var("publish_level_partner") }}' as publish_level,
    formula_id,
    config_hash,
    as_of,
    load_id
from cells
order by partner_id, period_id
