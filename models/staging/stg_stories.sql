with

source as (

    select * from {{ source('raw', 'src_story') }}

),

renamed as (

    select
        -- ids
        row_id,
        load_id,
        source_system as source,
        story_id,
        teller_id,
        learner_partner_id,
        source_partner_id,
        period_id,

        -- text
        learner_designated_role,
        title,
        story,

        -- numerics
        cast(rung as integer) as rung,

        -- booleans
        coalesce(is_current, false) as is_current,
        coalesce(goes_both_ways, false) as is_both_ways,
        anticipated as is_anticipated,
        verified_on is not null and verified_by is not null as is_verified,
        coalesce(consent_to_publish, false) as has_consent,

        -- times
        told_on,
        verified_on

    from source

)

select * from renamed
