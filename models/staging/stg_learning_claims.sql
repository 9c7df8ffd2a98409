with

source as (

    select * from {{ source('raw', 'src_learning_claim') }}

),

renamed as (

    select
        -- ids
        row_id,
        load_id,
        source_system as source,
        claim_id,
        cites_claim_id,
        follows_claim_id,
        practice_id,
        learner_partner_id,
        source_partner_id,
        period_id,

        -- text
        learner_designated_role,
        learning_type,
        second_type,
        coder,
        second_coder,
        theme,
        country,
        local_organisation,
        capability,
        level,
        what_changed,
        evidence_ref,
        followup_wave,

        -- numerics
        cast(rung as integer) as rung,
        cast(evidence_class as integer) as evidence_class,
        try_cast(regexp_extract(followup_wave, '[0-9]+') as integer) as followup_months,

        -- booleans
        coalesce(is_current, false) as is_current,
        anticipated as is_anticipated,
        adapted as is_adapted,
        novel as is_novel,
        outside_source as is_from_outside,
        coalesce(consent_to_publish, false) as is_publishable,

        -- times
        claimed_on,
        learned_on,
        reached_on

    from source

)

select * from renamed
