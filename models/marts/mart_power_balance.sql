with

cells as (

    select * from {{ ref('int_power_estimated') }}

),

members as (

    select * from {{ ref('int_holdings_shared') }}

),

partners as (

    select
        partner_id,
        type
    from {{ ref('stg_partners') }}

),

dyads as (

    select
        dyad_id,
        partner_a
    from {{ ref('stg_dyads') }}

),

perceived as (

    select
        dyad_id,
        period_id,
        gap,
        gap_ci_low,
        gap_ci_high
    from {{ ref('mart_health_dyad') }}
    where dimension = '{{ var("influence_dimension") }}'

),

-- Where several hold the most, their type is told only if it is the same.
ranked as (

    select
        members.scope,
        members.scope_id,
        members.period_id,
        members.resource,
        members.amount,
        partners.type,
        rank() over (
            partition by members.scope, members.scope_id, members.period_id, members.resource
            order by members.amount desc
        ) as place
    from members
    left join partners using (partner_id)

),

tops as (

    select
        scope,
        scope_id,
        period_id,
        resource,
        case when count(distinct type) = 1 then any_value(type) end as top_actor_type
    from ranked
    where place = 1 and amount > 0
    group by all

),

units as (

    select
        members.scope,
        members.scope_id,
        members.period_id,
        members.resource,
        any_value(members.unit) as unit,
        any_value(members.basis) as basis,
        sum(members.amount) filter (where members.partner_id = dyads.partner_a) as amount_a
    from members
    -- The scope inside the key: as a condition of its own it makes DuckDB compare every row with every dyad.
    left join dyads on case when members.scope = 'dyad' then members.scope_id end = dyads.dyad_id
    group by all

)

select
    cells.scope,
    cells.scope_id,
    cells.period_id,
    cells.resource,
    units.unit,
    units.basis,
    cast(cells.n_actors as integer) as n_actors,
    case when units.unit is not null then cells.total end as total,
    cells.top_share,
    tops.top_actor_type,
    units.amount_a / nullif(cells.total, 0) as share_a,
    cells.gini,
    cells.gini_star,
    cells.evenness,
    cells.hhi,
    cells.effective_n,
    case
        when units.unit is null then 'several currencies'
        when cells.total = 0 then 'nothing held'
    end as reason,
    cast(case when cells.resource = 'decisions' then coalesce(cells.n_items, 0) end as integer) as n_power_items,
    cast(case when cells.resource = 'decisions' then coalesce(cells.n_marked, 0) end as integer) as n_power_resolved,
    case when cells.resource = 'decisions' then cells.n_marked / nullif(cells.n_items, 0) end as power_resolved_share,
    case when cells.resource = 'decisions' then cells.marked_ci_low end as power_resolved_ci_low,
    case when cells.resource = 'decisions' then cells.marked_ci_high end as power_resolved_ci_high,
    cast(case when cells.resource = 'authorship' then coalesce(cells.n_items, 0) end as integer) as n_products,
    cast(case when cells.resource = 'authorship' then coalesce(cells.n_marked, 0) end as integer) as n_co_authored,
    case when cells.resource = 'authorship' then cells.n_marked / nullif(cells.n_items, 0) end as co_authored_share,
    case when cells.resource = 'authorship' then cells.marked_ci_low end as co_authored_ci_low,
    case when cells.resource = 'authorship' then cells.marked_ci_high end as co_authored_ci_high,
    perceived.gap as perceived_influence_gap,
    perceived.gap_ci_low,
    perceived.gap_ci_high,
    {{ stamp('F8,F15,F21,F22,F23') }}
from cells
inner join units using (scope, scope_id, period_id, resource)
left join tops using (scope, scope_id, period_id, resource)
left join perceived
    on
        case when cells.scope = 'dyad' then cells.scope_id end = perceived.dyad_id
        and cells.period_id = perceived.period_id
order by cells.scope, cells.scope_id, cells.period_id, cells.resource
