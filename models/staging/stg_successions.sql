with

source as (

    select * from {{ source('raw', 'ref_succession') }}

),

renamed as (

    select
        -- ids
        former_id,
        partner_id,

        -- text
        kind,

        -- times
        valid_from

    from source

)

select * from renamed
