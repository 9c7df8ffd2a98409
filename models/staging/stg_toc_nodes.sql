with

source as (

    select * from {{ source('raw', 'src_toc_node') }}

),

renamed as (

    select
        -- ids
        row_id,
        load_id,
        source_system as source,
        entry_id,
        version,
        node_id,
        period_id,

        -- text
        label,
        kind,

        -- booleans
        coalesce(is_current, false) as is_current,

        -- times
        reviewed_on

    from source

)

select * from renamed
