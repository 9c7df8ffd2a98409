-- One line of the register may name several who answer or collect; each is a row of its own here.
with

agreements as (

    select * from {{ ref('stg_tracking') }}
    where is_current and indicator_id is not null and partner_id is not null and period_id is not null

),

summed as (

    select
        indicator_id,
        partner_id,
        period_id,
        count(distinct accountable_id) as n_accountable,
        min(accountable_id) as first_accountable,
        count(distinct collector_id) as n_collectors,
        min(method) as method,
        min(due_on) as due_on,
        -- Delivered when all of it is
        case when count(delivered_on) = count(*) then max(delivered_on) end as delivered_on
    from agreements
    group by indicator_id, partner_id, period_id

)

select
    indicator_id,
    partner_id,
    period_id,
    cast(n_accountable as integer) as n_accountable,
    n_accountable = 1 as accountable_ok,
    case when n_accountable = 1 then first_accountable end as accountable_id,
    cast(n_collectors as integer) as n_collectors,
    n_collectors > 1 as joint,
    method,
    due_on,
    delivered_on,
    cast(date_diff('day', due_on, delivered_on) as integer) as lag_days,
    case
        when delivered_on is not null then delivered_on <= due_on
        when due_on < cast('{{ var("as_of") }}' as date) then false
    end as on_time,
    case
        when delivered_on is null and due_on >= cast('{{ var("as_of") }}' as date) then 'not due yet'
        when n_accountable = 0 then 'nobody is accountable'
        when n_accountable > 1 then 'several are accountable'
        when delivered_on is null then 'not delivered'
    end as reason,
    {{ stamp('F8') }}
from summed
order by indicator_id, partner_id, period_id
