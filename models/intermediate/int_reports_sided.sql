-- Reports of exchanges that are one side's word and say which side: the other side may have written the same one down.
with

exchanges as (

    select * from {{ ref('stg_exchanges') }}

),

sources as (

    select * from {{ ref('stg_sources') }}

)

select
    exchanges.row_id,
    exchanges.exchange_id,
    exchanges.meeting_id,
    exchanges.from_partner_id,
    exchanges.to_partner_id,
    exchanges.kind,
    exchanges.unit,
    exchanges.quantity,
    exchanges.occurred_on,
    exchanges.reported_by = exchanges.from_partner_id as is_givers
from exchanges
inner join sources using (source)
where
    sources.is_one_sided
    and exchanges.is_current
    and exchanges.is_dated_to_the_day
    and exchanges.period_id is not null
    and exchanges.from_partner_id != exchanges.to_partner_id
    and exchanges.reported_by in (exchanges.from_partner_id, exchanges.to_partner_id)
