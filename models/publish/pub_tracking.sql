-- Agreements between organisations; no respondent stands behind them.
with

cells as (

    select * from {{ ref('mart_tracking') }}

)

select
    indicator_id,
    partner_id,
    period_id,
    n_accountable,
    accountable_ok,
    accountable_id,
    n_collectors,
    joint,
    method,
    due_on,
    delivered_on,
    lag_days,
    on_time,
    reason,
    false as is_suppressed,
    cast(null as varchar) as n_suppressed_reason,
    '{{ var("publish_level_partner") }}' as publish_level,
    formula_id,
    config_hash,
    as_of,
    load_id
from cells
order by indicator_id, partner_id, period_id
