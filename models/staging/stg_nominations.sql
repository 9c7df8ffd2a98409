with

source as (

    select * from {{ source('raw', 'src_nomination') }}

),

renamed as (

    select
        -- ids
        row_id,
        load_id,
        source_system as source,
        nomination_id,
        nominator_id,
        nominee_id,
        resource_code,
        period_id,

        -- text
        topic,

        -- booleans
        coalesce(is_current, false) as is_current,

        -- times
        nominated_on

    from source

)

select * from renamed
