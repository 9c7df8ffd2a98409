select
    partner_id,
    name,
    type,
    country,
    language,
    joined_on,
    left_on
from {{ ref('stg_partners') }}
order by partner_id
