-- How much of a resource each member holds, members without any included.
with

placed as (

    select * from {{ ref('int_holdings_placed') }}

),

dyads as (

    select
        dyad_id,
        partner_a,
        partner_b,
        partnerships
    from {{ ref('stg_dyads') }}

),

periods as (

    select * from {{ ref('stg_periods') }}

),

partners as (

    select * from {{ ref('stg_partners') }}

),

-- Amounts in several currencies cannot be added.
kept as (

    select
        scope,
        scope_id,
        period_id,
        resource,
        any_value(basis) as basis,
        any_value(unit) as unit,
        count(distinct unit) as n_units
    from placed
    group by all

),

in_partnership as (

    select
        unnest(partnerships) as scope_id,
        partner_a as partner_id
    from dyads
    union
    select
        unnest(partnerships) as scope_id,
        partner_b as partner_id
    from dyads

),

members as (

    select
        kept.scope,
        kept.scope_id,
        kept.period_id,
        kept.resource,
        partners.partner_id
    from kept
    inner join periods using (period_id)
    inner join partners
        on
            coalesce(periods.ends_on >= partners.joined_on, true)
            and coalesce(periods.starts_on <= partners.left_on, true)
    where kept.scope = 'alliance'
    union
    select
        kept.scope,
        kept.scope_id,
        kept.period_id,
        kept.resource,
        in_partnership.partner_id
    from kept
    inner join in_partnership using (scope_id)
    where kept.scope = 'partnership'
    union
    select
        kept.scope,
        kept.scope_id,
        kept.period_id,
        kept.resource,
        unnest([dyads.partner_a, dyads.partner_b]) as partner_id
    from kept
    inner join dyads on kept.scope_id = dyads.dyad_id
    where kept.scope = 'dyad'
    -- Somebody who left, or was never a member, and still holds something
    union
    select
        scope,
        scope_id,
        period_id,
        resource,
        partner_id
    from placed
    where amount > 0 and partner_id is not null

),

held as (

    select
        scope,
        scope_id,
        period_id,
        resource,
        partner_id,
        sum(amount) as amount
    from placed
    where partner_id is not null
    group by all

)

select
    members.scope,
    members.scope_id,
    members.period_id,
    members.resource,
    members.partner_id,
    kept.basis,
    case when kept.n_units = 1 then kept.unit end as unit,
    case when kept.n_units = 1 then coalesce(held.amount, 0.0) else 0.0 end as amount
from members
inner join kept using (scope, scope_id, period_id, resource)
left join held using (scope, scope_id, period_id, resource, partner_id)
