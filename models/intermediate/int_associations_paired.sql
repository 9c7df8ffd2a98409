-- What is set against what: a pair's health and its later results; its contacts and its later trust. Lags in periods.
-- A pair is shown where a reader of the published tables sees both values: it goes far enough, and neither is hidden.
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

dyads as (

    select
        dyad_id,
        {{ audience_rank('publish_level') }}
        >= {{ audience_rank("'" ~ var('publish_level_partner') ~ "'") }} as is_agreed
    from {{ ref('dim_dyad') }}

),

shown_health as (

    select
        dyad_id,
        dimension,
        period_id
    from {{ ref('pub_health_dyad') }}
    where not is_suppressed

),

shown_trust as (

    select
        dyad_id,
        period_id
    from {{ ref('pub_dual_tracking') }}
    where not is_suppressed

),

tracked as (

    select
        tracked.*,
        periods.ordinal,
        shown_trust.dyad_id is not null as is_trust_shown
    from {{ ref('int_dual_measured') }} as tracked
    inner join periods using (period_id)
    left join shown_trust using (dyad_id, period_id)

),

health as (

    select
        health.dyad_id,
        health.dimension,
        health.mean_of_sides,
        periods.ordinal,
        shown_health.dyad_id is not null as is_shown
    from {{ ref('mart_health_dyad') }} as health
    inner join periods using (period_id)
    left join shown_health using (dyad_id, dimension, period_id)

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
    later.result_index as y,
    health.is_shown and coalesce(dyads.is_agreed, false) as is_shown
from health
cross join lags
left join dyads using (dyad_id)
inner join tracked as later on health.dyad_id = later.dyad_id and health.ordinal + lags.lag = later.ordinal
union all
select
    'contacts_trust' as association,
    'trust' as dimension,
    lags.lag,
    contacts.dyad_id,
    contacts.contacts as x,
    later.trust as y,
    later.is_trust_shown and coalesce(dyads.is_agreed, false) as is_shown
from contacts
cross join lags
left join dyads using (dyad_id)
inner join tracked as later on contacts.dyad_id = later.dyad_id and contacts.ordinal + lags.lag = later.ordinal
