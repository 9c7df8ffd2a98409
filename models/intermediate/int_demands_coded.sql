-- What a partner asked for in each period, each code once, with the period before in which it asked for anything.
with

demands as (

    select
        partner_id,
        period_id,
        capability,
        topic,
        count(*) as n_statements
    from {{ ref('stg_demands') }}
    where is_current and partner_id is not null and period_id is not null
    group by all

),

asked as (

    select
        demands.partner_id,
        demands.period_id,
        lag(demands.period_id) over (
            partition by demands.partner_id order by any_value(periods.ordinal)
        ) as period_id_prev
    from demands
    inner join {{ ref('stg_periods') }} as periods using (period_id)
    group by demands.partner_id, demands.period_id

)

select
    demands.partner_id,
    demands.period_id,
    asked.period_id_prev,
    demands.capability,
    demands.topic,
    demands.n_statements,
    case when asked.period_id_prev is not null then before.partner_id is null end as is_new
from demands
inner join asked using (partner_id, period_id)
left join demands as before
    on
        asked.partner_id = before.partner_id
        and asked.period_id_prev = before.period_id
        and demands.capability = before.capability
        and demands.topic = before.topic
