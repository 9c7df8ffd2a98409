with

source as (

    select * from {{ source('raw', 'src_membership') }}

),

renamed as (

    select
        -- ids
        row_id,
        load_id,
        source_system as source,
        membership_id,
        partner_id,
        person as person_id,
        successor_partner_id,
        successor_person as successor_person_id,
        period_id,

        -- text
        entity_kind,
        reason,

        -- booleans
        coalesce(is_current, false) as is_current,

        -- times
        joined_on,
        left_on

    from source

)

select * from renamed
