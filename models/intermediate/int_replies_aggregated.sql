-- F25: shares answered within the days the framework allows, among the events that had so long for it.
with

events as (

    select
        waits.*,
        waits.n_days_observed >= periods.answer_days as is_due,
        waits.is_answered and waits.n_days <= periods.answer_days as is_in_time
    from {{ ref('int_exchanges_answered') }} as waits
    inner join {{ ref('stg_periods') }} as periods on waits.period_id = periods.period_id

)

select
    dyad_id,
    period_id,
    coalesce(channel, 'all') as channel,
    count(*) filter (where is_due) as n_events_due,
    avg(cast(is_in_time as integer)) filter (where is_due) as answered_within_h_share,
    avg(cast(is_in_time as integer)) filter (where is_due and is_from_a) as answered_ab_share,
    avg(cast(is_in_time as integer)) filter (where is_due and not is_from_a) as answered_ba_share
from events
group by grouping sets ((dyad_id, period_id, channel), (dyad_id, period_id))
