-- Registers of organisations are not about persons; a partnership's go as far as its partners agreed.
with

marked as (

    {{ as_partnerships_agreed('mart_adaptation') }}

)

select
    marked.scope,
    marked.scope_id,
    marked.n_insights,
    marked.n_acted,
    marked.acted_share,
    marked.acted_ci_low,
    marked.acted_ci_high,
    marked.n_open,
    marked.median_latency_days,
    marked.oldest_open_days,
    marked.reason,
    false as is_suppressed,
    cast(null as varchar) as n_suppressed_reason,
    {{ level_of_total(
        'marked.agreed_level', "marked.scope = 'alliance'", "marked.scope = 'partnership'", ''
    ) }} as publish_level,
    marked.formula_id,
    marked.config_hash,
    marked.as_of,
    marked.load_id
from marked
order by marked.scope, marked.scope_id
