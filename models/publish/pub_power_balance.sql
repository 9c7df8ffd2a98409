-- Holdings are acts of organisations: publish_level protects them. What people feel keeps the threshold of its figures.
-- The alliance's total less the partnerships' would tell what one of them keeps for itself.
with

balances as (

    select * from {{ ref('mart_power_balance') }}

),

dyads as (

    select
        dyad_id,
        publish_level
    from {{ ref('dim_dyad') }}

),

partnerships as (

    select
        partnership_id,
        publish_level
    from {{ ref('dim_partnership') }}

),

perceived as (

    select
        dyad_id,
        period_id,
        gap,
        gap_ci_low,
        gap_ci_high
    from {{ ref('pub_health_dyad') }}
    where dimension = '{{ var("influence_dimension") }}'

),

marked as (

    select
        balances.*,
        perceived.gap as shown_gap,
        perceived.gap_ci_low as shown_low,
        perceived.gap_ci_high as shown_high,
        balances.perceived_influence_gap is not null and perceived.gap is null as is_suppressed,
        case balances.scope
            when 'dyad' then coalesce(dyads.publish_level, 'internal')
            when 'partnership' then coalesce(partnerships.publish_level, 'internal')
            else '{{ var("publish_level_partner") }}'
        end as agreed_level
    from balances
    -- The scope inside the key: as a condition of its own it makes DuckDB compare every row with every dyad.
    left join dyads on case when balances.scope = 'dyad' then balances.scope_id end = dyads.dyad_id
    left join partnerships
        on case when balances.scope = 'partnership' then balances.scope_id end = partnerships.partnership_id
    left join perceived
        on
            case when balances.scope = 'dyad' then balances.scope_id end = perceived.dyad_id
            and balances.period_id = perceived.period_id

)

select
    marked.scope,
    marked.scope_id,
    marked.period_id,
    marked.resource,
    marked.unit,
    marked.basis,
    marked.n_actors,
    marked.total,
    marked.top_share,
    marked.top_actor_type,
    marked.share_a,
    marked.gini,
    marked.gini_star,
    marked.evenness,
    marked.hhi,
    marked.effective_n,
    marked.reason,
    marked.n_power_items,
    marked.n_power_resolved,
    marked.power_resolved_share,
    marked.power_resolved_ci_low,
    marked.power_resolved_ci_high,
    marked.n_products,
    marked.n_co_authored,
    marked.co_authored_share,
    marked.co_authored_ci_low,
    marked.co_authored_ci_high,
    marked.shown_gap as perceived_influence_gap,
    marked.shown_low as gap_ci_low,
    marked.shown_high as gap_ci_high,
    marked.is_suppressed,
    {{ suppressed_reason(var('min_n_published')) }},
    {{ level_of_total(
        'marked.agreed_level', "marked.scope = 'alliance'", "marked.scope = 'partnership'",
        'partition by marked.period_id, marked.resource'
    ) }} as publish_level,
    marked.formula_id,
    marked.config_hash,
    marked.as_of,
    marked.load_id
from marked
order by marked.scope, marked.scope_id, marked.period_id, marked.resource
