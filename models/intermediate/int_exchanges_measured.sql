-- The exchanges between the partners of a dyad; self-loops are dropped (B3).
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
    occurred_on,
    is_confirmed,
    is_matched,
    is_disputed
from {{ ref('int_exchanges_placed') }}
where dyad_id is not null and not is_loop
