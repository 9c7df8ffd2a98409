with

cells as (

    select * from {{ ref('int_adaptations_estimated') }}

),

medians as (

    select * from {{ ref('int_cycle_cases_estimated') }}
    where kind = 'adaptation'

)

select
    cells.scope,
    cells.scope_id,
    cast(cells.n_insights as integer) as n_insights,
    cast(cells.n_acted as integer) as n_acted,
    cells.n_acted / nullif(cells.n_insights, 0) as acted_share,
    cells.acted_ci_low,
    cells.acted_ci_high,
    cast(cells.n_open as integer) as n_open,
    medians.median_days as median_latency_days,
    cast(cells.oldest_open_days as integer) as oldest_open_days,
    case when medians.median_days is null then 'half or more of the insights wait for a decision' end as reason,
    {{ stamp('F8,F31') }}
from cells
left join medians using (scope, scope_id)
order by cells.scope, cells.scope_id
