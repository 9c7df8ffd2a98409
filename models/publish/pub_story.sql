-- A story names two organisations: without consent and verification nothing of it goes out, not even that it is there.
select
    * exclude (formula_id, config_hash, as_of, load_id),
    false as is_suppressed,
    cast(null as varchar) as n_suppressed_reason,
    '{{ var("publish_level_partner") }}' as publish_level,
    formula_id,
    config_hash,
    as_of,
    load_id
from {{ ref('mart_story') }}
where is_publishable
order by story_id
