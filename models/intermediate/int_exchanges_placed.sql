-- Each exchange as one event, and its quantity where it is in hours or documents, with the dyad it belongs to.
with

exchanges as (

    select * from {{ ref('int_exchanges_reported') }}

),

dyads as (

    select * from {{ ref('stg_dyads') }}

),

placed as (

    select
        dyads.dyad_id,
        exchanges.*,
        exchanges.from_partner_id = dyads.partner_a as is_from_a,
        exchanges.from_partner_id = exchanges.to_partner_id as is_loop
    from exchanges
    left join dyads
        on
            least(exchanges.from_partner_id, exchanges.to_partner_id) = dyads.partner_a
            and greatest(exchanges.from_partner_id, exchanges.to_partner_id) = dyads.partner_b

),

measured as (

    select
        *,
        'events' as measure,
        1.0 as amount
    from placed
    union all
    select
        *,
        unit as measure,
        quantity as amount
    from placed
    where unit in ('hours', 'documents') and quantity is not null

)

select
    dyad_id,
    period_id,
    row_id,
    exchange_id,
    reply_to,
    from_partner_id,
    to_partner_id,
    measure,
    channel,
    amount,
    is_from_a,
    is_loop,
    case when is_dated_to_the_day then occurred_on end as occurred_on,
    coalesce(confirmed_by != coalesce(reported_by, ''), false) as is_confirmed,
    is_matched,
    is_disputed
from measured
