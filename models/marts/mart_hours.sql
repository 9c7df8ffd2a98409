with

hours as (

    select * from {{ ref('stg_hours') }}
    where is_current and partner_id is not null and period_id is not null

),

summed as (

    select
        partner_id,
        period_id,
        sum(hours_planned) as hours_planned,
        -- An empty cell is not zero hours
        case when count(hours_used) = count(*) then sum(hours_used) end as hours_used
    from hours
    group by partner_id, period_id

)

select
    partner_id,
    period_id,
    hours_planned,
    hours_used,
    hours_used / nullif(hours_planned, 0) as used_share,
    case when hours_planned = 0 then true else hours_used > hours_planned end as is_under_resourced,
    case
        when hours_planned = 0 then 'no time planned'
        when hours_used is null then 'hours used not reported'
    end as reason,
    {{ stamp('none') }}
from summed
order by partner_id, period_id
