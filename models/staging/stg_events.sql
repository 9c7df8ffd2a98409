with

source as (

    select * from {{ source('raw', 'src_event') }}

),

renamed as (

    select
        -- ids
        row_id,
        load_id,
        source_system as source,
        regexp_replace(event_id, '^[^:]*:', '') as event_id,
        partner_id as host_id,
        period_id,
        partnership_id,

        -- text
        title,

        -- numerics
        invited as n_invited,

        -- booleans
        coalesce(is_current, false) as is_current,

        -- times
        held_on

    from source

)

select * from renamed
