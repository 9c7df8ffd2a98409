select
    period_id,
    label,
    starts_on,
    ends_on,
    ordinal
from {{ ref('stg_periods') }}
order by period_id
