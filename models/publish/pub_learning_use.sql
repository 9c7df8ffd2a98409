-- Claims are statements of organisations: their counts are no answers of persons. A partner's claims at one level can
-- be one person's, and are left out.
select
    * exclude (formula_id, config_hash, as_of, load_id),
    false as is_suppressed,
    cast(null as varchar) as n_suppressed_reason,
    '{{ var("publish_level_partner") }}' as publish_level,
    formula_id,
    config_hash,
    as_of,
    load_id
from {{ ref('mart_learning_use') }}
where scope = 'alliance' or (level = 'all' and capability = 'all')
order by scope, scope_id, level, capability, period_id
