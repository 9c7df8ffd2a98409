-- What the alliance assumes is not about people; the map is the whole alliance's.
select
    version,
    edge_id,
    period_id,
    reviewed_on,
    version_before,
    from_node,
    from_label,
    to_node,
    to_label,
    status,
    status_before,
    change,
    from_node_before,
    to_node_before,
    evidence_ref,
    reason,
    is_held,
    held_reason,
    false as is_suppressed,
    cast(null as varchar) as n_suppressed_reason,
    '{{ var("publish_level_partner") }}' as publish_level,
    formula_id,
    config_hash,
    as_of,
    load_id
from {{ ref('mart_toc_edge') }}
order by reviewed_on, version, edge_id
