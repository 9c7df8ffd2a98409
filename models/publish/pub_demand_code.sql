-- What organisations ask for is not about people; it goes as far as a partner's own figures.
select
    partner_id,
    period_id,
    capability,
    topic,
    n_statements,
    is_new,
    false as is_suppressed,
    cast(null as varchar) as n_suppressed_reason,
    '{{ var("publish_level_partner") }}' as publish_level,
    formula_id,
    config_hash,
    as_of,
    load_id
from {{ ref('mart_demand_code') }}
order by partner_id, period_id, capability, topic
