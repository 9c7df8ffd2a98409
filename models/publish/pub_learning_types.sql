-- Counts of organisations and places, without their names.
select
    * exclude (formula_id, config_hash, as_of, load_id),
    false as is_suppressed,
    cast(null as varchar) as n_suppressed_reason,
    '{{ var("publish_level_partner") }}' as publish_level,
    formula_id,
    config_hash,
    as_of,
    load_id
from {{ ref('mart_learning_types') }}
order by learning_type, period_id
