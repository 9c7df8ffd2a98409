-- Sums of the whole alliance; not where one funder could work out another's part nearly (F40 iii, the p % rule).
with

cells as (

    select * from {{ ref('mart_funding') }}

),

placed as (

    select
        period_id,
        amount,
        row_number() over (partition by period_id order by amount desc, funder asc) as place
    from {{ ref('int_funding_summed') }}

),

dominated as (

    select
        period_id,
        {{ is_dominated('amount', 'place') }} as is_suppressed
    from placed
    group by period_id

),

marked as (

    select
        cells.*,
        coalesce(dominated.is_suppressed and cells.received > 0, false) as is_suppressed
    from cells
    left join dominated using (period_id)

)

select
    period_id,
    {{ shown([
        'n_funders', 'currency', 'received', 'top_share', 'hhi', 'effective_funders', 'committed_ahead',
        'spent_per_month', 'months_of_runway'
    ]) }},
    case when is_suppressed then 'one funder dominates' else reason end as reason,
    is_suppressed,
    case when is_suppressed then 'one funder dominates' end as n_suppressed_reason,
    '{{ var("publish_level_partner") }}' as publish_level,
    formula_id,
    config_hash,
    as_of,
    load_id
from marked
order by period_id
