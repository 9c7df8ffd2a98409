with

source as (

    select * from {{ source('raw', 'src_item') }}

),

renamed as (

    select
        -- ids
        instrument_id,
        form_version,
        item_id,
        coalesce(stable_item_key, item_id) as stable_item_key,
        coalesce(series_id, stable_item_key, item_id) as series_id,
        list,
        capability,
        level,
        health_dimension,
        expectation,
        need,
        feedback,

        -- text
        type,
        role,
        coalesce(rater, 'self') as rater,
        coalesce(repeat_path, '') as repeat_path,
        label,

        -- numerics
        range_min,
        range_max,
        order_no,

        -- booleans
        coalesce(reverse, false) as is_reverse,
        coalesce(is_personal, false) as is_personal

    from source

)

select * from renamed
