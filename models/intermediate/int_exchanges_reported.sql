-- Each exchange once: where both sides reported it, the giver's row with what the receiver's adds. Of two quantities
-- the lower counts, of two days the earlier: as much as both say, whoever says it.
with

exchanges as (

    select * from {{ ref('stg_exchanges') }}
    where is_current and period_id is not null

),

matches as (

    select * from {{ ref('int_reports_matched') }}

),

-- Ids by which a matched receiver's row may be named as the one that is answered.
renamed as (

    select
        receivers.exchange_id as dropped_id,
        givers.exchange_id as kept_id
    from matches
    inner join exchanges as receivers on matches.receiver_row_id = receivers.row_id
    inner join exchanges as givers on matches.giver_row_id = givers.row_id

),

kept as (

    select * from exchanges
    where row_id not in (select receiver_row_id from matches)

),

joined as (

    select
        kept.*,
        receivers.row_id is not null as is_matched,
        coalesce(receivers.quantity != kept.quantity, false) as is_disputed,
        least(kept.occurred_on, receivers.occurred_on) as earlier_on,
        coalesce(receivers.occurred_on < kept.occurred_on, false) as is_earlier_there,
        receivers.period_id as other_period_id,
        receivers.quantity as other_quantity,
        receivers.channel as other_channel,
        receivers.reported_by as other_reporter,
        receivers.reply_to as other_reply_to,
        receivers.meeting_id as other_meeting_id,
        receivers.agenda_setter_id as other_agenda_setter_id,
        receivers.host_id as other_host_id,
        receivers.payer_id as other_payer_id
    from kept
    left join matches on kept.row_id = matches.giver_row_id
    left join exchanges as receivers on matches.receiver_row_id = receivers.row_id

)

select
    joined.row_id,
    joined.exchange_id,
    joined.source,
    coalesce(joined.meeting_id, joined.other_meeting_id) as meeting_id,
    coalesce(renamed.kept_id, joined.reply_to, joined.other_reply_to) as reply_to,
    joined.from_partner_id,
    joined.to_partner_id,
    coalesce(joined.agenda_setter_id, joined.other_agenda_setter_id) as agenda_setter_id,
    coalesce(joined.host_id, joined.other_host_id) as host_id,
    coalesce(joined.payer_id, joined.other_payer_id) as payer_id,
    case when joined.is_earlier_there then joined.other_period_id else joined.period_id end as period_id,
    joined.reported_by,
    coalesce(joined.other_reporter, joined.confirmed_by) as confirmed_by,
    case
        when joined.channel = 'unspecified' then coalesce(joined.other_channel, joined.channel)
        else joined.channel
    end as channel,
    joined.unit,
    least(joined.quantity, joined.other_quantity) as quantity,
    joined.is_dated_to_the_day,
    joined.earlier_on as occurred_on,
    joined.is_matched,
    joined.is_disputed
from joined
left join renamed on coalesce(joined.reply_to, joined.other_reply_to) = renamed.dropped_id
