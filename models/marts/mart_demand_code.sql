select
    partner_id,
    period_id,
    capability,
    topic,
    cast(n_statements as integer) as n_statements,
    is_new,
    {{ stamp('F27') }}
from {{ ref('int_demands_coded') }}
order by partner_id, period_id, capability, topic
