-- Organisations and their kinds; no respondent stands behind them.
with

cells as (

    select * from {{ ref('mart_membership') }}

)

select
    period_id,
    type,
    n_partners,
    member_share,
    n_lead_roles,
    lead_share,
    representation_ratio,
    n_non_traditional,
    n_non_traditional_known,
    non_traditional_share,
    non_traditional_ci_low,
    non_traditional_ci_high,
    n_types,
    type_diversity,
    false as is_suppressed,
    cast(null as varchar) as n_suppressed_reason,
    '{{ var("publish_level_partner") }}' as publish_level,
    formula_id,
    config_hash,
    as_of,
    load_id
from cells
order by period_id, type
