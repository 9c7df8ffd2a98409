with

demands as (

    select * from {{ ref('int_demands_compared') }}

),

advice as (

    select * from {{ ref('int_advice_estimated') }}

)

select
    partner_id,
    period_id,
    demands.period_id_prev,
    cast(demands.n_statements as integer) as n_statements,
    cast(demands.n_codes as integer) as n_codes,
    cast(demands.n_kept as integer) as n_kept,
    cast(demands.n_new as integer) as n_new,
    cast(demands.n_dropped as integer) as n_dropped,
    cast(demands.widened_by as integer) as widened_by,
    demands.jaccard_prev,
    cast(coalesce(advice.n_cases, 0) as integer) as n_advice,
    cast(coalesce(advice.n_open, 0) as integer) as n_advice_open,
    advice.times_given as advice_times_given,
    advice.median_days as days_to_acceptance,
    case
        when demands.n_codes is null then 'no demand stated in the period'
        when demands.period_id_prev is null then 'no demand before to compare with'
    end as reason,
    {{ stamp('F27,F31') }}
from demands
full join advice using (partner_id, period_id)
order by partner_id, period_id
