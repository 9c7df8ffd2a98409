with

source as (

    select * from {{ source('raw', 'src_toc_edge') }}

),

renamed as (

    select
        -- ids
        row_id,
        load_id,
        source_system as source,
        entry_id,
        version,
        edge_id,
        from_node,
        to_node,
        evidence_ref,
        period_id,

        -- text
        status,
        reason,

        -- booleans
        coalesce(is_current, false) as is_current,

        -- times
        reviewed_on

    from source

)

select * from renamed
