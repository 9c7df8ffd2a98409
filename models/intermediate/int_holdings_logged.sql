-- What the registers say partners hold: decisions taken, lead roles, money, minutes of speech, authorship.
with

decisions as (

    select
        'decisions' as resource,
        period_id,
        partnership_id,
        decided_by as partner_id,
        case when decided_by is not null then 1.0 end as amount,
        'decisions' as unit,
        cast(null as varchar) as basis,
        decision_id as item_id,
        -- A matter of power: whether it was raised, and whether it is resolved
        coalesce(is_power_topic, false) as is_counted,
        coalesce(status = 'resolved' or (status is null and resolved_on is not null), false) as is_resolved
    from {{ ref('stg_decisions') }}
    where is_current

),

periods as (

    select * from {{ ref('stg_periods') }}

),

-- A role counts in every period in which it is held for a day.
roles as (

    select
        'lead_roles' as resource,
        periods.period_id,
        held.partnership_id,
        held.partner_id,
        case when held.role = 'lead' then 1.0 end as amount,
        'roles' as unit,
        cast(null as varchar) as basis,
        held.role_id as item_id,
        false as is_counted,
        false as is_resolved
    from {{ ref('stg_roles') }} as held
    inner join periods
        on held.valid_from <= periods.ends_on and coalesce(held.valid_to, periods.ends_on) >= periods.starts_on
    where held.is_current

),

budget as (

    select
        'budget' as resource,
        period_id,
        partnership_id,
        partner_id,
        amount,
        currency as unit,
        kind as basis,
        budget_line_id as item_id,
        false as is_counted,
        false as is_resolved
    from {{ ref('stg_budget_lines') }}
    where is_current

),

-- Who facilitates speaks for the others: those minutes are nobody's share of the floor.
airtime as (

    select
        'airtime' as resource,
        period_id,
        partnership_id,
        partner_id,
        case when not coalesce(is_facilitator, false) then minutes end as amount,
        'minutes' as unit,
        cast(null as varchar) as basis,
        contribution_id as item_id,
        false as is_counted,
        false as is_resolved
    from {{ ref('stg_sessions') }}
    where is_current

),

authorship as (

    select
        'authorship' as resource,
        period_id,
        any_value(partnership_id) as partnership_id,
        partner_id,
        1.0 as amount,
        'products' as unit,
        cast(null as varchar) as basis,
        product_id as item_id,
        true as is_counted,
        false as is_resolved
    from {{ ref('stg_authorships') }}
    where is_current
    group by period_id, partner_id, product_id

)

select * from decisions
union all
select * from roles
union all
select * from budget
union all
select * from airtime
union all
select * from authorship
