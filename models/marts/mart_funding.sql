-- Runway: what is committed for later periods, at the pace of this one's spending.
with

periods as (

    select
        *,
        date_diff('month', starts_on, ends_on + interval 1 day) as n_months
    from {{ ref('stg_periods') }}

),

mixes as (

    select * from {{ ref('int_funding_estimated') }}

),

currencies as (

    select
        period_id,
        any_value(currency) as currency,
        count(distinct currency) + max(n_currencies) - 1 as n_currencies
    from {{ ref('int_funding_summed') }}
    group by period_id

),

ahead as (

    select
        period_id,
        currency,
        sum(amount) as committed_ahead
    from {{ ref('int_funding_committed') }}
    group by period_id, currency

),

spent as (

    select
        period_id,
        currency,
        sum(amount) as amount
    from {{ ref('stg_budget_lines') }}
    where is_current and kind = 'actual'
    group by period_id, currency

),

joined as (

    select
        mixes.*,
        currencies.currency,
        currencies.n_currencies = 1 as is_one_currency,
        periods.n_months,
        coalesce(ahead.committed_ahead, 0) as committed_ahead,
        spent.amount / nullif(periods.n_months, 0) as spent_per_month
    from mixes
    inner join currencies using (period_id)
    inner join periods using (period_id)
    left join ahead on mixes.period_id = ahead.period_id and currencies.currency = ahead.currency
    left join spent on mixes.period_id = spent.period_id and currencies.currency = spent.currency

)

select
    period_id,
    cast(n_actors as integer) as n_funders,
    case when is_one_currency then currency end as currency,
    case when is_one_currency then total end as received,
    case when is_one_currency then top_share end as top_share,
    case when is_one_currency then hhi end as hhi,
    case when is_one_currency then effective_n end as effective_funders,
    case when is_one_currency then committed_ahead end as committed_ahead,
    case when is_one_currency then spent_per_month end as spent_per_month,
    case when is_one_currency then committed_ahead / nullif(spent_per_month, 0) end as months_of_runway,
    case
        when not is_one_currency then 'several currencies are not added up'
        when total = 0 then 'nothing received'
        when coalesce(spent_per_month, 0) = 0 then 'no spending in this currency: no runway'
    end as reason,
    {{ stamp('F23') }}
from joined
order by period_id
