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
        count(*) filter (where date_precision = 'day') as n_to_the_day
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

figures as (

    select
        counted.partner_id,
        counted.period_id,
        unnest([
            {'dimension': 'validity', 'n_good': n_cells, 'n': n_cells + n_cells_held,
             'reason': 'no answers'},
            {'dimension': 'integrity', 'n_good': n_judged - n_doubtful, 'n': n_judged,
             'reason': 'no submission that the statistical checks could judge'},
            {'dimension': 'precision', 'n_good': coalesce(n_to_the_day, 0), 'n': coalesce(n_exchanges, 0),
             'reason': 'no exchanges logged'},
            {'dimension': 'reliability', 'n_good': coalesce(n_reliable, 0), 'n': coalesce(n_scales, 0),
             'reason': 'no scale whose reliability can be estimated'},
            {'dimension': 'timeliness', 'n_good': n_on_time, 'n': n_dated,
             'reason': 'no submission with a due date'},
            {'dimension': 'completeness', 'n_good': n_relevant - n_skipped, 'n': n_relevant,
             'reason': 'no questions asked'}
        ]) as figure
    from counted
    left join exact using (partner_id, period_id)
    left join scales using (partner_id, period_id)

)

select
    partner_id,
    period_id,
    figure.dimension,
    cast(figure.n_good as bigint) as n_good,
    cast(figure.n as bigint) as n,
    round(figure.n_good / nullif(cast(figure.n as double), 0), 12) as share,
    case when figure.n = 0 then figure.reason end as reason,
    {{ stamp('F5,F39') }}
from figures
order by partner_id, period_id, figure.dimension
