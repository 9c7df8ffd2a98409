-- What is set against what: a pair's health and its later results; its contacts and its later trust. Lags in periods.
with

periods as (

    select
        period_id,
        ordinal
    from {{ ref('stg_periods') }}

),

lags as (

    select unnest([0, 1, 2]) as lag

),

tracked as (

    select
        tracked.*,
        periods.ordinal
    from {{ ref('int_dual_measured') }} as tracked
    inner join periods using (period_id)

),

health as (

    select
        health.dyad_id,
        health.dimension,
        health.mean_of_sides,
        periods.ordinal
    from {{ ref('mart_health_dyad') }} as health
    inner join periods using (period_id)

),

contacts as (

    select
        flows.dyad_id,
        flows.flow_total as contacts,
        periods.ordinal
    from {{ ref('mart_mutuality_dyad') }} as flows
    inner join periods using (period_id)
    where flows.measure = 'events' and flows.channel = 'all'

)

select
    'health_result' as association,
    health.dimension,
    lags.lag,
    health.dyad_id,
    health.mean_of_sides as x,
    later.result_index as y
from health
cross join lags
inner join tracked as later on health.dyad_id = later.dyad_id and health.ordinal + lags.lag = later.ordinal
union all
select
    'contacts_trust' as association,
    'trust' as dimension,
    lags.lag,
    contacts.dyad_id,
    contacts.contacts as x,
    later.trust as y
from contacts
cross join lags
inner join tracked as later on contacts.dyad_id = later.dyad_id and contacts.ordinal + lags.lag = later.ordinal
