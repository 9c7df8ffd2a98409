-- What went each way, by channel and in all.
with

exchanges as (

    select * from {{ ref('int_exchanges_measured') }}

),

dyads as (

    select * from {{ ref('stg_dyads') }}

),

periods as (

    select * from {{ ref('stg_periods') }}

),

flows as (

    select
        dyad_id,
        period_id,
        measure,
        coalesce(channel, 'all') as channel,
        coalesce(sum(amount) filter (where is_from_a), 0.0) as flow_ab,
        coalesce(sum(amount) filter (where not is_from_a), 0.0) as flow_ba,
        count(distinct occurred_on) as n_distinct_days,
        count(*) filter (where is_confirmed) as n_confirmed_both
    from exchanges
    group by grouping sets ((dyad_id, period_id, measure, channel), (dyad_id, period_id, measure))

),

-- Nothing logged in a period that has a log is a zero, not a gap in the data.
silent as (

    select
        dyads.dyad_id,
        periods.period_id,
        'events' as measure,
        'all' as channel,
        0.0 as flow_ab,
        0.0 as flow_ba,
        0 as n_distinct_days,
        0 as n_confirmed_both
    from dyads
    cross join periods
    where
        periods.period_id in (select exchanges.period_id from exchanges)
        and coalesce(dyads.started_on <= periods.ends_on, true)
        and not exists (
            select 1 from flows
            where flows.dyad_id = dyads.dyad_id and flows.period_id = periods.period_id
        )

)

select * from flows
union all by name
select * from silent
