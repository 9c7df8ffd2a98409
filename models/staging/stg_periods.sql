with

source as (

    select * from {{ source('raw', 'ref_period') }}

),

renamed as (

    select
        -- ids
        period_id,

        -- text
        label,

        -- numerics
        ordinal,

        -- times
        starts_on,
        ends_on

    from source

)

select * from renamed
