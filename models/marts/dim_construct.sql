select
    construct_id,
    kind,
    label_json,
    direction,
    ordinal
from {{ ref('stg_constructs') }}
order by construct_id
