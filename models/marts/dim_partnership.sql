select
    partnership_id,
    name,
    agenda,
    set_up,
    publish_level,
    started_on
from {{ ref('stg_partnerships') }}
order by partnership_id
