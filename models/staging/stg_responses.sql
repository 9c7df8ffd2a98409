with

source as (

    select * from {{ source('raw', 'src_response') }}

),

renamed as (

    select
        -- ids
        load_id,
        version_id,
        instrument_id,
        form_version,
        repeat_path,
        item_id,
        option,
        missing_code,

        -- text
        coalesce(option, value_text, value_raw) as code,

        -- numerics
        value_num

    from source

)

select * from renamed
