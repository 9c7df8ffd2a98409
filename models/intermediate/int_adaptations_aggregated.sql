-- Insights of the alliance and of each partnership, and how many led to a change.
with

insights as (

    select * from {{ ref('stg_adaptations') }}
    where is_current and insight_date is not null

)

select
    case when grouping(partnership_id) = 1 then 'alliance' else 'partnership' end as scope,
    case when grouping(partnership_id) = 1 then 'alliance' else partnership_id end as scope_id,
    count(*) as n_insights,
    count(decided_on) as n_acted,
    count(*) - count(decided_on) as n_open,
    max(date_diff('day', insight_date, cast('{{ var("as_of") }}' as date))) filter (where decided_on is null)
        as oldest_open_days
from insights
group by grouping sets ((partnership_id), ())
having grouping(partnership_id) = 1 or partnership_id is not null
