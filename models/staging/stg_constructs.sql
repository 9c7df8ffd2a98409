with

source as (

    select * from {{ source('raw', 'ref_construct') }}

),

renamed as (

    select
        -- ids
        construct_id,
        kind,

        -- text
        label_json,
        coalesce(direction, 'positive') as direction,

        -- numerics
        ordinal,

        -- times
        valid_from,
        valid_to

    from source

)

select * from renamed
