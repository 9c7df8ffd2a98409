-- Nominations are statements of organisations; what can be one person's is left out.
select
    partner_id,
    period_id,
    n_nominations,
    n_nominators,
    in_degree_share,
    cast(null as integer) as n_resource_people,
    n_self_nominations,
    cast(null as integer) as n_applied_individual,
    n_applied_institutional,
    n_applied_contextual,
    n_practices_changed,
    best_evidence_class,
    false as is_suppressed,
    cast(null as varchar) as n_suppressed_reason,
    '{{ var("publish_level_partner") }}' as publish_level,
    formula_id,
    config_hash,
    as_of,
    load_id
from {{ ref('mart_leverage') }}
order by partner_id, period_id
