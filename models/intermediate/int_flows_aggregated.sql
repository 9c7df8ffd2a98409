-- What went each way, by channel and in all.
with

exchanges as (

    select * from {{ ref('int_exchanges_measured') }}

),

dyads as (

    select * from {{ ref('stg_dyads') }}

),

logged as (

    select distinct period_id
    from {{ ref('int_exchanges_placed') }}

),

periods as (

    select
        periods.period_id,
        periods.ends_on,
        logged.period_id is not null as is_logged
    from {{ ref('stg_periods') }} as periods
    left join logged on periods.period_id = logged.period_id

),

claims as (

    select * from {{ ref('int_claims_aggregated') }}

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
        count(*) filter (where is_confirmed) as n_confirmed_both,
        count(*) filter (where is_matched) as n_matched,
        count(*) filter (where is_disputed) as n_disputed
    from exchanges
    group by grouping sets ((dyad_id, period_id, measure, channel), (dyad_id, period_id, measure))

),

-- Nothing logged in a period that has a log is a zero, not a gap in the data; without a log it is not known.
silent as (

    select
        dyads.dyad_id,
        periods.period_id,
        'events' as measure,
        'all' as channel,
        case when periods.is_logged then 0.0 end as flow_ab,
        case when periods.is_logged then 0.0 end as flow_ba,
        0 as n_distinct_days,
        0 as n_confirmed_both,
        0 as n_matched,
        0 as n_disputed
    from dyads
    cross join periods
    left join claims on dyads.dyad_id = claims.dyad_id and periods.period_id = claims.period_id
    where
        (periods.is_logged or claims.dyad_id is not null)
        and (coalesce(dyads.started_on <= periods.ends_on, true) or claims.dyad_id is not null)
        and not exists (
            select 1 from flows
            where flows.dyad_id = dyads.dyad_id and flows.period_id = periods.period_id
        )

),

known as (

    select * from flows
    union all by name
    select * from silent

)

select
    known.*,
    dyads.partner_a,
    dyads.partner_b
from known
inner join dyads using (dyad_id)
