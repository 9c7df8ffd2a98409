-- Each advice to a partner: how often it was given until it was taken up, and how long that took.
with

givings as (

    select * from {{ ref('stg_advice') }}
    where is_current and given_on is not null and given_to_id is not null and advice_id is not null

),

-- The log says nothing about what happened after its last entry.
log_end as (

    select
        source,
        max(greatest(given_on, coalesce(accepted_on, given_on))) as ends_on
    from givings
    group by source

),

-- The day of acceptance may stand in one row of the advice or in all.
advice as (

    select
        source,
        advice_id,
        given_to_id as partner_id,
        min(given_on) as first_given_on,
        arg_min(period_id, given_on) as period_id,
        list_sort(list_distinct(list(given_by_id))) as given_by,
        min(topic) as topic,
        min(accepted_on) as accepted_on,
        arg_min(accepted_after, accepted_on) as accepted_after
    from givings
    group by source, advice_id, given_to_id

),

followed as (

    select
        advice.*,
        coalesce(advice.accepted_on, log_end.ends_on) as until_on
    from advice
    inner join log_end using (source)

),

counted as (

    select
        followed.source,
        followed.advice_id,
        followed.partner_id,
        count(*) filter (where givings.given_on <= followed.until_on) as times_given,
        count(*) as times_given_in_all
    from followed
    inner join givings
        on
            followed.source = givings.source
            and followed.advice_id = givings.advice_id
            and followed.partner_id = givings.given_to_id
    group by followed.source, followed.advice_id, followed.partner_id

)

select
    followed.source,
    followed.advice_id,
    followed.partner_id,
    followed.period_id,
    array_to_string(followed.given_by, ', ') as given_by,
    followed.topic,
    followed.first_given_on,
    followed.accepted_on,
    followed.accepted_after,
    followed.accepted_on is not null as is_accepted,
    counted.times_given,
    counted.times_given_in_all,
    date_diff('day', followed.first_given_on, followed.until_on) as n_days
from followed
inner join counted using (source, advice_id, partner_id)
