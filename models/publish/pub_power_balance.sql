-- Holdings are acts of organisations: publish_level protects them. What people feel keeps the threshold of its figures.
-- The alliance's total less the partnerships' would tell what one of them keeps for itself, and of meetings, which are
-- of pairs, what a pair does. Money of the alliance that is nearly all one partner's goes whole (F40 iii): it agreed to
-- no figure of its own; the members of a partnership and of a pair did.
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

members as (

    select
        scope,
        scope_id,
        period_id,
        resource,
        amount,
        row_number() over (
            partition by scope, scope_id, period_id, resource order by amount desc, partner_id asc
        ) as place
    from {{ ref('int_holdings_shared') }}
    where scope = 'alliance' and resource = 'budget' and amount > 0

),

dominated as (

    select
        scope,
        scope_id,
        period_id,
        resource
    from members
    group by scope, scope_id, period_id, resource
    having {{ is_dominated('amount', 'place') }}

),

marked as (

    select
        balances.*,
        perceived.gap as shown_gap,
        perceived.gap_ci_low as shown_low,
        perceived.gap_ci_high as shown_high,
        balances.perceived_influence_gap is not null and perceived.gap is null as is_felt_hidden,
        dominated.period_id is not null as is_dominated,
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
    left join dominated
        on
            balances.scope = dominated.scope
            and balances.scope_id = dominated.scope_id
            and balances.period_id = dominated.period_id
            and balances.resource = dominated.resource

)

select
    marked.scope,
    marked.scope_id,
    marked.period_id,
    marked.resource,
    marked.unit,
    marked.basis,
    marked.n_actors,
    case when not marked.is_dominated then marked.total end as total,
    case when not marked.is_dominated then marked.top_share end as top_share,
    case when not marked.is_dominated then marked.top_actor_type end as top_actor_type,
    case when not marked.is_dominated then marked.share_a end as share_a,
    case when not marked.is_dominated then marked.gini end as gini,
    case when not marked.is_dominated then marked.gini_star end as gini_star,
    case when not marked.is_dominated then marked.evenness end as evenness,
    case when not marked.is_dominated then marked.hhi end as hhi,
    case when not marked.is_dominated then marked.effective_n end as effective_n,
    case when marked.is_dominated then 'one partner dominates' else marked.reason end as reason,
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
    marked.is_felt_hidden or marked.is_dominated as is_suppressed,
    case
        when marked.is_dominated then 'one partner dominates'
        when marked.is_felt_hidden then 'fewer than {{ var("min_n_published") }} respondents'
    end as n_suppressed_reason,
    case
        when marked.scope = 'alliance' and marked.unit = 'meetings'
            then {{ audience_at(
                "min(" ~ audience_rank('marked.agreed_level') ~ ") over (partition by marked.period_id, marked.resource)"
            ) }}
        else {{ level_of_total(
            'marked.agreed_level', "marked.scope = 'alliance'", "marked.scope = 'partnership'",
            'partition by marked.period_id, marked.resource'
        ) }}
    end as publish_level,
    marked.formula_id,
    marked.config_hash,
    marked.as_of,
    marked.load_id
from marked
order by marked.scope, marked.scope_id, marked.period_id, marked.resource
