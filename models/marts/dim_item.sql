select
    instrument_id,
    form_version,
    item_id,
    stable_item_key,
    type,
    capability,
    level,
    health_dimension,
    rater,
    role,
    range_min,
    range_max,
    is_reverse,
    is_personal,
    label as label_json,
    order_no
from {{ ref('stg_items') }}
order by instrument_id, form_version, item_id
