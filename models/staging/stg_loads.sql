with

source as (

    select * from {{ source('raw', 'load') }}

),

renamed as (

    select
        -- ids
        load_id,
        source,
        state,

        -- text
        nullif(json_extract_string(notes, '$.encoding'), '') as encoding,
        cast(json_extract(notes, '$.unmapped_columns') as varchar[]) as unmapped_columns,

        -- numerics
        coalesce(rows_read, 0) as count_rows_read,
        coalesce(rows_duplicate, 0) as count_rows_duplicate

    from source

)

select * from renamed
