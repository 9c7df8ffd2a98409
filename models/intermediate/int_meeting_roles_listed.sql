-- Who set the agenda, hosted and paid, once for each meeting and pair; an exchange of no meeting is one by itself.
with

exchanges as (

    select * from {{ ref('int_exchanges_reported') }}
    where from_partner_id != to_partner_id

),

dyads as (

    select * from {{ ref('stg_dyads') }}

),

roles as (

    select
        *,
        unnest(['agenda_setting', 'hosting', 'paying']) as resource,
        unnest([agenda_setter_id, host_id, payer_id]) as partner_id
    from exchanges

)

select distinct
    roles.resource,
    roles.period_id,
    coalesce(roles.meeting_id, roles.exchange_id) as item_id,
    roles.partner_id,
    dyads.dyad_id,
    dyads.partner_a,
    dyads.partner_b
from roles
left join dyads
    on
        least(roles.from_partner_id, roles.to_partner_id) = dyads.partner_a
        and greatest(roles.from_partner_id, roles.to_partner_id) = dyads.partner_b
where roles.partner_id is not null
