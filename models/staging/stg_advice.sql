with

source as (

    select * from {{ source('raw', 'src_advice') }}

),

renamed as (

    select
        -- ids
        row_id,
        load_id,
        source_system as source,
        giving_id,
        advice_id,
        given_by_id,
        given_to_id,
        period_id,
        topic,

        -- text
        accepted_after,

        -- booleans
        coalesce(is_current, false) as is_current,

        -- times
        given_on,
        accepted_on

    from source

)

select * from renamed
