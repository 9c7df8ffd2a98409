-- Sums of the whole alliance.
with

cells as (

    select * from {{ ref('mart_funding') }}

)

select
    period_id,
    n_funders,
    currency,
    received,
    top_share,
    hhi,
    effective_funders,
    committed_ahead,
    spent_per_month,
    months_of_runway,
    reason,
    false as is_suppressed,
    cast(null as varchar) as n_suppressed_reason,
    '{{ var("publish_level_partner") }}' as publish_level,
    formula_id,
    config_hash,
    as_of,
    load_id
from cells
order by period_id
