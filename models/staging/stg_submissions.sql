with

source as (

    select * from {{ source('raw', 'src_submission') }}

),

renamed as (

    select
        -- ids
        row_id,
        load_id,
        source_system as source,
        submission_id,
        version_id,
        instrument_id,
        form_version,
        partner_id,
        about_partner_id,
        about_partner_2_id,
        coalesce(respondent_id, respondent_raw_hash, submission_id) as respondent_id,
        period_id,

        -- text
        partner_raw,
        about_partner_raw,
        about_partner_2_raw,
        lower(trim(respondent_role)) as respondent_role,

        -- booleans
        coalesce(is_current, false) as is_current,
        deleted_at is not null as is_deleted,
        lower(coalesce(consent_level, '')) not in ('no', 'none', 'false', '0') as has_consent,
        has_consent and consent_level is not null as is_asked_consent,

        -- times
        collected_on,
        cast(submitted_at as date) as submitted_on,
        -- An edit is known when the server has it; where it does not say, when the file landed.
        cast(coalesce(
            edited_at, case when supersedes_version_id is null then submitted_at end, ingested_at, submitted_at
        ) as date) as known_on,
        cast(deleted_at as date) as deleted_on

    from source

)

select * from renamed
