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

-- What is promised may come from another one funder, and what is spent is a budget's (see pub_power_balance).
committed_placed as (

    select
        period_id,
        currency,
        amount,
        row_number() over (partition by period_id, currency order by amount desc, funder asc) as place
    from {{ ref('int_funding_committed') }}

),

committed as (

    select
        period_id,
        currency,
        {{ is_dominated('amount', 'place') }} as is_dominated
    from committed_placed
    group by period_id, currency

),

spent as (

    select
        period_id,
        is_suppressed as is_dominated
    from {{ ref('pub_power_balance') }}
    where scope = 'alliance' and resource = 'budget' and basis = 'actual'

),

marked as (

    select
        cells.*,
        coalesce(dominated.is_suppressed and cells.received > 0, false) as is_suppressed,
        coalesce(committed.is_dominated and cells.committed_ahead > 0, false) as is_committed_dominated,
        coalesce(spent.is_dominated and cells.spent_per_month > 0, false) as is_spent_dominated
    from cells
    left join dominated using (period_id)
    left join committed using (period_id, currency)
    left join spent using (period_id)

),

hidden as (

    select
        *,
        is_suppressed or is_committed_dominated as is_ahead_hidden,
        is_suppressed or is_spent_dominated as is_spent_hidden,
        is_suppressed or is_committed_dominated or is_spent_dominated as is_runway_hidden
    from marked

)

select
    period_id,
    {{ shown(['n_funders', 'currency', 'received', 'top_share', 'hhi', 'effective_funders']) }},
    {{ shown(['committed_ahead'], hidden='is_ahead_hidden') }},
    {{ shown(['spent_per_month'], hidden='is_spent_hidden') }},
    {{ shown(['months_of_runway'], hidden='is_runway_hidden') }},
    case
        when is_suppressed then 'one funder dominates'
        when is_committed_dominated then 'one funder dominates what is committed'
        when is_spent_dominated then 'one partner dominates what was spent'
        else reason
    end as reason,
    is_suppressed,
    case when is_suppressed then 'one funder dominates' end as n_suppressed_reason,
    '{{ var("publish_level_partner") }}' as publish_level,
    formula_id,
    config_hash,
    as_of,
    load_id
from hidden
order by period_id
