-- The version of each needs form that counts: the current one; of a locked wave the one the server had on that day.
with

submissions as (

    select * from {{ ref('stg_submissions') }}
    where has_consent

),

periods as (

    select
        period_id,
        case when needs_frozen_on <= cast('{{ var("as_of") }}' as date) then needs_frozen_on end as frozen_on
    from {{ ref('stg_periods') }}

),

instruments as (

    select distinct instrument_id
    from {{ ref('int_items_measured') }}
    where kind = 'need'

),

known as (

    select
        submissions.load_id,
        submissions.version_id,
        submissions.submission_id,
        submissions.instrument_id,
        submissions.partner_id,
        submissions.respondent_id,
        submissions.period_id,
        submissions.known_on,
        submissions.is_current,
        periods.frozen_on
    from submissions
    inner join instruments using (instrument_id)
    inner join periods using (period_id)
    where
        case
            when periods.frozen_on is null then submissions.is_current and not submissions.is_deleted
            else
                submissions.known_on <= periods.frozen_on
                and coalesce(submissions.deleted_on > periods.frozen_on, true)
        end

),

latest as (

    select * from known
    qualify row_number() over (
        partition by submission_id order by known_on desc, is_current desc, version_id desc
    ) = 1

)

select * from latest
where partner_id is not null
