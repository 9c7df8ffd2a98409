-- How far the people of a cell agree on each item (F16), and the median of its items.
with

items as (

    select
        cell_id,
        item,
        {{ within_group_agreement('var_samp(score order by score)', 'min(random_variance)') }} as rwg
    from {{ ref('int_items_answered') }}
    group by cell_id, item
    having count(*) >= 2

)

select
    cell_id,
    median(rwg) as rwg_median
from items
group by cell_id
