-- The holdings by who they are compared with: the whole alliance, one partnership, the two partners of a dyad.
with

logged as (

    select * from {{ ref('int_holdings_logged') }}
    where period_id is not null

),

-- Meetings belong to who met, not to a partnership: they are compared in the alliance and in the pair.
meetings as (

    select * from {{ ref('int_meeting_roles_listed') }}

),

dyads as (

    select
        dyad_id,
        partner_a,
        partner_b,
        unnest(partnerships) as partnership_id
    from {{ ref('stg_dyads') }}

),

placed as (

    select
        'alliance' as scope,
        'alliance' as scope_id,
        *
    from logged
    union all by name
    select
        'partnership' as scope,
        partnership_id as scope_id,
        *
    from logged
    where partnership_id is not null
    union all by name
    -- A third partner's row says that the register was kept; what it holds is outside the pair.
    select
        'dyad' as scope,
        dyads.dyad_id as scope_id,
        logged.* replace (
            case when logged.partner_id in (dyads.partner_a, dyads.partner_b) then logged.partner_id end as partner_id,
            case when logged.partner_id in (dyads.partner_a, dyads.partner_b) then logged.amount end as amount
        )
    from logged
    inner join dyads using (partnership_id)
    union all by name
    select distinct
        'alliance' as scope,
        'alliance' as scope_id,
        resource,
        period_id,
        partner_id,
        1.0 as amount,
        'meetings' as unit,
        item_id,
        false as is_counted,
        false as is_resolved
    from meetings
    union all by name
    select
        'dyad' as scope,
        dyad_id as scope_id,
        resource,
        period_id,
        case when partner_id in (partner_a, partner_b) then partner_id end as partner_id,
        case when partner_id in (partner_a, partner_b) then 1.0 end as amount,
        'meetings' as unit,
        item_id,
        false as is_counted,
        false as is_resolved
    from meetings
    where dyad_id is not null

),

-- Money spent where any is reported, money planned where none is: never both added.
chosen as (

    select
        *,
        bool_or(basis = 'actual') over (partition by scope, scope_id, period_id, resource) as has_actual
    from placed

)

select
    scope,
    scope_id,
    resource,
    period_id,
    partnership_id,
    partner_id,
    amount,
    unit,
    basis,
    item_id,
    is_counted,
    is_resolved
from chosen
where coalesce(basis = 'actual' or not has_actual, true)
