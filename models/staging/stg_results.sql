with

source as (

    select * from {{ source('raw', 'src_result') }}

),

renamed as (

    select
        -- ids
        row_id,
        load_id,
        source_system as source,
        result_id,
        partner_id,
        period_id,

        -- text
        partner_raw

    from source

)

select * from renamed
