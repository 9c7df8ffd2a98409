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

),

replies as (

    select
        *,
        'events' as measure
    from {{ ref('int_replies_estimated') }}

),

claims as (

    select
        *,
        'events' as measure,
        'all' as channel
    from {{ ref('int_claims_estimated') }}

),

-- No claim of a dyad in a period in which others made some is a zero.
claimed as (

    select distinct
        period_id,
        measure,
        channel,
        true as is_claimed
    from claims

)

select
    shares.dyad_id,
    shares.period_id,
    shares.measure,
    shares.channel,
    shares.flow_ab,
    shares.flow_ba,
    shares.flow_total,
    shares.share_a,
    shares.share_ci_low,
    shares.share_ci_high,
    2 * shares.share_a - 1 as imbalance_signed,
    2 * shares.share_ci_low - 1 as imbalance_ci_low,
    2 * shares.share_ci_high - 1 as imbalance_ci_high,
    1 - abs(2 * shares.share_a - 1) as mutual_share,
    shares.binom_p,
    shares.n_distinct_days,
    shares.n_confirmed_both,
    shares.n_matched,
    shares.n_disputed,
    replies.n_events_due,
    replies.answered_within_h_share,
    replies.answered_ab_share,
    replies.answered_ba_share,
    replies.median_days_to_answer,
    replies.n_events_open,
    case when claimed.is_claimed then coalesce(claims.reverse_claims, 0) end as reverse_claims,
    case when claimed.is_claimed then coalesce(claims.claims, 0) end as claims,
    claims.reverse_share,
    claims.reverse_ci_low,
    claims.reverse_ci_high,
    {{ stamp('F8,F18,F25,F31') }}
from shares
left join replies using (dyad_id, period_id, measure, channel)
left join claims using (dyad_id, period_id, measure, channel)
left join claimed using (period_id, measure, channel)
order by shares.dyad_id, shares.period_id, shares.measure, shares.channel
