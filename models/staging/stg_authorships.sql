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
        cycle_id,
        partner_id,
        period_id,
        partnership_id,

        -- text
        type,
        title,
        version,
        parent_version,
        context,
        result_ref,
        status,
        licence,

        -- booleans
        coalesce(is_current, false) as is_current,

        -- times
        finished_on

    from source

)

select * from renamed
