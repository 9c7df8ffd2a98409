-- The value to date of each partner's indicator: the last of running totals, the sum of values of a period.
with

cells as (

    select
        cells.indicator_id,
        cells.partner_id,
        cells.dyad_id,
        cells.period_id,
        cells.disaggregation,
        cells.kind,
        cells.actual,
        periods.ordinal
    from {{ ref('int_progress_measured') }} as cells
    inner join {{ ref('stg_periods') }} as periods using (period_id)

),

summed as (

    select
        *,
        sum(actual) over so_far as value_so_far,
        count(actual) over so_far as n_so_far,
        ordinal - min(ordinal) over (partition by indicator_id, partner_id, dyad_id, disaggregation) + 1 as n_periods
    from cells
    window
        so_far as (
            partition by indicator_id, partner_id, dyad_id, disaggregation order by ordinal
        )

)

select
    indicator_id,
    partner_id,
    dyad_id,
    period_id,
    disaggregation,
    case
        when kind = 'cumulative' then actual
        -- A hole is not a zero: the sum over it would be too small.
        when kind = 'non_cumulative' and n_so_far = n_periods then round(value_so_far, 9)
    end as cumulated_value
from summed
