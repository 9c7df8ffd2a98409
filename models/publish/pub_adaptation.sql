-- Registers of organisations are not about persons; a partnership's go as far as its partners agreed.
with

found as (

    select * from {{ ref('mart_adaptation') }}

),

partnerships as (

    select
        partnership_id,
        publish_level
    from {{ ref('dim_partnership') }}

)

select
    found.scope,
    found.scope_id,
    found.n_insights,
    found.n_acted,
    found.acted_share,
    found.acted_ci_low,
    found.acted_ci_high,
    found.n_open,
    found.median_latency_days,
    found.oldest_open_days,
    found.reason,
    false as is_suppressed,
    cast(null as varchar) as n_suppressed_reason,
    case found.scope
        when 'partnership' then coalesce(partnerships.publish_level, 'internal')
        else '{{ var("publish_level_partner") }}'
    end as publish_level,
    found.formula_id,
    found.config_hash,
    found.as_of,
    found.load_id
from found
left join partnerships
    on case when found.scope = 'partnership' then found.scope_id end = partnerships.partnership_id
order by found.scope, found.scope_id
