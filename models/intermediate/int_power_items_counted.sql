-- Matters of power raised and resolved; products, and those of two or more authors.
with

placed as (

    select * from {{ ref('int_holdings_placed') }}
    where is_counted

),

items as (

    select
        scope,
        scope_id,
        period_id,
        resource,
        item_id,
        bool_or(is_resolved) as is_resolved,
        count(distinct partner_id) as n_holders
    from placed
    group by all

)

select
    scope,
    scope_id,
    period_id,
    resource,
    count(*) filter (where resource = 'decisions' or n_holders > 0) as n_items,
    count(*) filter (where case when resource = 'decisions' then is_resolved else n_holders >= 2 end) as n_marked
from items
group by all
