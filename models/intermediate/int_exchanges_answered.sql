-- F25: how long each event waited for an answer of the other side, or has been waiting when the log ends.
with

events as (

    select * from {{ ref('int_exchanges_measured') }}
    where measure = 'events' and occurred_on is not null

),

last_day as (

    select max(occurred_on) as logged_until
    from events

),

other_way as (

    select
        dyad_id,
        not is_from_a as is_from_a,
        occurred_on,
        reply_to
    from events

),

-- Within a day nobody knows what came first: the answer is the next exchange the other way on a later day.
followed as (

    select
        events.*,
        other_way.occurred_on as next_on
    from events
    asof left join other_way
        on
            events.dyad_id = other_way.dyad_id
            and events.is_from_a = other_way.is_from_a
            and events.occurred_on < other_way.occurred_on

),

-- An exchange that says which one it answers does so on its own day too.
replied as (

    select
        events.row_id,
        min(other_way.occurred_on) as replied_on
    from events
    inner join other_way
        on
            events.exchange_id = other_way.reply_to
            and events.dyad_id = other_way.dyad_id
            and events.is_from_a = other_way.is_from_a
            and events.occurred_on <= other_way.occurred_on
    group by events.row_id

),

answered as (

    select
        followed.*,
        least(followed.next_on, replied.replied_on) as answered_on
    from followed
    left join replied using (row_id)

)

select
    answered.dyad_id,
    answered.period_id,
    answered.channel,
    answered.row_id,
    answered.is_from_a,
    answered.answered_on is not null as is_answered,
    coalesce(answered.answered_on, last_day.logged_until) - answered.occurred_on as n_days,
    last_day.logged_until - answered.occurred_on as n_days_observed
from answered
cross join last_day
