-- The six dimensions of a data-quality assessment, each a share that is better the higher it is, with what it is of.
with

quality as (

    select * from {{ ref('int_quality_aggregated') }}

),

exchanges as (

    select * from {{ ref('stg_exchanges') }}

),

scores as (

    select * from {{ ref('mart_capability_score') }}

),

counted as (

    select
        partner_id,
        period_id,
        sum(n_cells) as n_cells,
        sum(cells_held) as n_cells_held,
        sum(n_relevant) as n_relevant,
        sum(n_skipped) as n_skipped,
        sum(n_dated) as n_dated,
        sum(n_on_time) as n_on_time,
        sum(n_judged) as n_judged,
        sum(n_doubtful) as n_doubtful
    from quality
    group by partner_id, period_id

),

-- An exchange counts for its giver: one fact, one row.
exact as (

    select
        from_partner_id as partner_id,
        period_id,
        count(*) as n_exchanges,
        count(*) filter (where is_dated_to_the_day) as n_to_the_day
    from exchanges
    where is_current
    group by from_partner_id, period_id

),

scales as (

    select
        partner_id,
        period_id,
        count(alpha) as n_scales,
        count(alpha) filter (where alpha >= 0.7) as n_reliable
    from scores
    where rater = 'self'
    group by partner_id, period_id

),

wide as (

    select
        counted.*,
        coalesce(exact.n_exchanges, 0) as n_exchanges,
        coalesce(exact.n_to_the_day, 0) as n_to_the_day,
        coalesce(scales.n_scales, 0) as n_scales,
        coalesce(scales.n_reliable, 0) as n_reliable
    from counted
    left join exact using (partner_id, period_id)
    left join scales using (partner_id, period_id)

),

figures as (

    select
        partner_id,
        period_id,
        'validity' as dimension,
        n_cells as n_good,
        n_cells + n_cells_held as n,
        'no answers' as reason
    from wide

    union all

    select
        partner_id,
        period_id,
        'integrity' as dimension,
        n_judged - n_doubtful as n_good,
        n_judged as n,
        'no submission that the statistical checks could judge' as reason
    from wide

    union all

    select
        partner_id,
        period_id,
        'precision' as dimension,
        n_to_the_day as n_good,
        n_exchanges as n,
        'no exchanges logged' as reason
    from wide

    union all

    select
        partner_id,
        period_id,
        'reliability' as dimension,
        n_reliable as n_good,
        n_scales as n,
        'no scale whose reliability can be estimated' as reason
    from wide

    union all

    select
        partner_id,
        period_id,
        'timeliness' as dimension,
        n_on_time as n_good,
        n_dated as n,
        'no submission with a due date' as reason
    from wide

    union all

    select
        partner_id,
        period_id,
        'completeness' as dimension,
        n_relevant - n_skipped as n_good,
        n_relevant as n,
        'no questions asked' as reason
    from wide

)

select
    partner_id,
    period_id,
    dimension,
    cast(n_good as bigint) as n_good,
    cast(n as bigint) as n,
    round(n_good / nullif(cast(n as double), 0), 12) as share,
    case when n = 0 then reason end as reason,
    {{ stamp('F5,F39') }}
from figures
order by partner_id, period_id, dimension
