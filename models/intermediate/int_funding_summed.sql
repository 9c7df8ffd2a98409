-- Money received in a period by funder; in one currency, or not added up.
with

funding as (

    select * from {{ ref('stg_funding') }}
    where is_current and period_id is not null and amount is not null

)

select
    period_id,
    funder,
    any_value(currency) as currency,
    count(distinct currency) as n_currencies,
    sum(amount) as amount
from funding
where kind = 'received'
group by period_id, funder
