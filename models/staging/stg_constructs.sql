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
        ordinal

    from source

)

select * from renamed
