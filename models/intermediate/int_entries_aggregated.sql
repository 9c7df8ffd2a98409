-- The checklist by partner and for the alliance, with how its items go together (F4, F5).
with

scored as (

    select * from {{ ref('int_entries_scored') }}

),

cells as (

    select
        scope,
        scope_id,
        item,
        count(*) as n_respondents,
        round(avg(score), 9) as score,
        round(stddev_samp(score), 9) as sd
    from scored
    group by scope, scope_id, item

),

sizes as (

    select
        scope,
        scope_id,
        count(distinct item) as n_items
    from scored
    where item != 'all'
    group by scope, scope_id

),

-- People who answered every item
whole as (

    select
        scored.scope,
        scored.scope_id,
        scored.partner_id,
        scored.person
    from scored
    inner join sizes on scored.scope = sizes.scope and scored.scope_id = sizes.scope_id
    where scored.item != 'all'
    group by scored.scope, scored.scope_id, scored.partner_id, scored.person, sizes.n_items
    having count(*) = sizes.n_items

),

kept as (

    select scored.*
    from scored
    inner join whole using (scope, scope_id, partner_id, person)
    where scored.item != 'all'

),

pairs as (

    select
        one.scope,
        one.scope_id,
        one.item,
        other.item as other_item,
        count(*) as n_pairs,
        round(covar_samp(one.score, other.score), 8) as covariance,
        round(corr(one.score, other.score), 12) as correlation
    from kept as one
    inner join kept as other
        on
            one.scope = other.scope
            and one.scope_id = other.scope_id
            and one.partner_id = other.partner_id
            and one.person = other.person
            and one.item <= other.item
    group by one.scope, one.scope_id, one.item, other.item

),

related as (

    select
        scope,
        scope_id,
        'all' as item,
        min(n_pairs) as reliability_n,
        list(covariance order by item, other_item) as covariances,
        list(correlation order by item, other_item) as correlations
    from pairs
    group by scope, scope_id

)

select
    cells.*,
    sizes.n_items,
    case when cells.item = 'all' then sizes.n_items else 0 end as reliability_items,
    coalesce(related.reliability_n, 0) as reliability_n,
    related.covariances,
    related.correlations
from cells
inner join sizes on cells.scope = sizes.scope and cells.scope_id = sizes.scope_id
left join related
    on cells.scope = related.scope and cells.scope_id = related.scope_id and cells.item = related.item
