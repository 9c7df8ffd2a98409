-- The cost of people in the budget, of the lines that say whether they are; in one currency only.
with

placed as (

    select * from {{ ref('int_holdings_placed') }}
    where resource = 'budget' and scope != 'dyad'

),

lines as (

    select
        budget_line_id,
        is_personnel
    from {{ ref('stg_budget_lines') }}
    where is_current and is_personnel is not null

)

select
    placed.scope,
    placed.scope_id,
    placed.period_id,
    case
        when count(distinct placed.unit) = 1
            then coalesce(sum(placed.amount) filter (where lines.is_personnel), 0) / nullif(sum(placed.amount), 0)
    end as personnel_share
from placed
inner join lines on placed.item_id = lines.budget_line_id
group by all
