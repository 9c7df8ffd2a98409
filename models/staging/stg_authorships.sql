with

source as (

    select * from {{ source('raw', 'src_product') }}

),

renamed as (

    select
        -- ids
        row_id,
        load_id,
        source_system as source,
        authorship_id,
        product_id,
        partner_id,
        period_id,
        partnership_id,

        -- text
        type,
        title,

        -- booleans
        coalesce(is_current, false) as is_current,

        -- times
        finished_on

    from source

)

select * from renamed
