with

source as (

    select * from {{ source('raw', 'ref_member') }}

),

renamed as (

    select
        -- ids
        partnership_id,
        partner_id,

        -- text
        role

    from source

)

select * from renamed
