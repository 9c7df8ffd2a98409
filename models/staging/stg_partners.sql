with

source as (

    select * from {{ source('raw', 'ref_partner') }}

),

renamed as (

    select
        -- ids
        partner_id,

        -- text
        name,
        type,
        country,
        language,
        non_traditional,

        -- times
        joined_on,
        left_on

    from source

)

select * from renamed
