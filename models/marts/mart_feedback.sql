with

cells as (

    select
        *,
        {{ too_few('min(n_respondents) over (partition by event_id, period_id)',
                   var('min_n_programme')) }} as is_suppressed
    from {{ ref('int_feedback_estimated') }}

),

events as (

    select * from {{ ref('stg_events') }}
    where is_current

),

held as (

    select distinct
        event_id,
        period_id
    from cells
    where event_id != 'all'

),

-- Of a period: of the events of which the number is known, when it is known of all that were answered.
invited as (

    select
        held.period_id,
        case when count(events.n_invited) = count(*) then sum(events.n_invited) end as n_invited
    from held
    left join events using (event_id)
    group by held.period_id

),

joined as (

    select
        cells.*,
        events.title,
        events.host_id,
        events.held_on,
        case when cells.event_id = 'all' then invited.n_invited else events.n_invited end as n_invited,
        cells.event_id != 'all' and events.event_id is null as is_unknown
    from cells
    left join events using (event_id)
    left join invited on cells.period_id = invited.period_id

)

select
    event_id,
    period_id,
    item,
    title,
    host_id,
    held_on,
    cast(n_respondents as integer) as n_respondents,
    cast(n_invited as integer) as n_invited,
    -- More answers than people asked: the count is wrong, not the rate.
    case when n_invited >= n_respondents then n_respondents / n_invited end as response_rate,
    case when not is_suppressed then cast(n_agree as integer) end as n_agree,
    case when not is_suppressed then n_agree / n_respondents end as agree_share,
    {{ shown(['agree_ci_low', 'agree_ci_high']) }},
    case when not is_suppressed then cast(n_promoters as integer) end as n_promoters,
    case when not is_suppressed then cast(n_detractors as integer) end as n_detractors,
    {{ shown(['nps', 'nps_ci_low', 'nps_ci_high']) }},
    case
        when is_unknown then 'the event is not in the register of events'
        when n_invited is null then 'nobody wrote down how many were invited'
        when n_invited < n_respondents then 'more answers than people invited'
    end as reason,
    is_suppressed,
    {{ suppressed_reason(var('min_n_programme')) }},
    {{ stamp('F7,F8,F14') }}
from joined
order by event_id, period_id, item
