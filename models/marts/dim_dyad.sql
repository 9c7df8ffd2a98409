select
    dyad_id,
    partner_a,
    partner_b,
    partnership_ids,
    set_up,
    publish_level,
    started_on
from {{ ref('stg_dyads') }}
order by dyad_id
