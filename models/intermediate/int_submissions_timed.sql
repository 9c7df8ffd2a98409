-- When each submission was first received, against the date its source is due.
with

submissions as (

    select * from {{ ref('stg_submissions') }}

),

sources as (

    select * from {{ ref('stg_sources') }}

),

partners as (

    select partner_id from {{ ref('stg_partners') }}

),

periods as (

    select * from {{ ref('stg_periods') }}

),

versions as (

    select
        source,
        submission_id,
        count(distinct version_id) as n_versions,
        min(submitted_on) as submitted_on,
        arg_max(partner_id, is_current) as partner_id,
        arg_max(period_id, is_current) as period_id,
        arg_max(collected_on, is_current) as collected_on
    from submissions
    where not is_deleted
    group by source, submission_id

)

select
    versions.source,
    versions.submission_id,
    coalesce(partners.partner_id, 'unknown') as partner_id,
    coalesce(periods.period_id, 'unknown') as period_id,
    versions.n_versions,
    versions.submitted_on <= periods.ends_on + cast(sources.due_days_after_period as integer) as is_on_time,
    date_diff('day', versions.collected_on, versions.submitted_on) as lag_days
from versions
left join sources using (source)
left join partners on coalesce(sources.partner_id, versions.partner_id) = partners.partner_id
left join periods on versions.period_id = periods.period_id
