-- Money committed for the periods after one, by funder.
with

periods as (

    select * from {{ ref('stg_periods') }}

),

committed as (

    select
        funding.currency,
        funding.funder,
        periods.ordinal,
        funding.amount
    from {{ ref('stg_funding') }} as funding
    inner join periods using (period_id)
    where funding.is_current and funding.kind = 'committed'

)

select
    periods.period_id,
    committed.currency,
    committed.funder,
    sum(committed.amount) as amount
from periods
inner join committed on periods.ordinal < committed.ordinal
group by periods.period_id, committed.currency, committed.funder
