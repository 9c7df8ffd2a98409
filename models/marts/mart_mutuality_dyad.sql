with

flows as (

    select
        *,
        flow_ab + flow_ba as flow_total
    from {{ ref('int_flows_estimated') }}

),

shares as (

    select
        *,
        flow_ab / nullif(flow_total, 0) as share_a
    from flows

)

select
    dyad_id,
    period_id,
    measure,
    channel,
    flow_ab,
    flow_ba,
    flow_total,
    share_a,
    share_ci_low,
    share_ci_high,
    2 * share_a - 1 as imbalance_signed,
    2 * share_ci_low - 1 as imbalance_ci_low,
    2 * share_ci_high - 1 as imbalance_ci_high,
    1 - abs(2 * share_a - 1) as mutual_share,
    binom_p,
    n_distinct_days,
    n_confirmed_both,
    {{ stamp('F8,F18') }}
from shares
order by dyad_id, period_id, measure, channel
