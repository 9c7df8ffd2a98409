-- Counts of acts of offices and organisations, without their names.
select
    * exclude (formula_id, config_hash, as_of, load_id),
    false as is_suppressed,
    cast(null as varchar) as n_suppressed_reason,
    '{{ var("publish_level_partner") }}' as publish_level,
    formula_id,
    config_hash,
    as_of,
    load_id
from {{ ref('mart_actor_response') }}
order by actor_level, period_id
