with

source as (

    select * from {{ source('raw', 'ref_partnership') }}

),

renamed as (

    select
        -- ids
        partnership_id,

        -- text
        name,
        agenda,
        set_up,
        publish_level,

        -- times
        started_on

    from source

)

select * from renamed
