with

source as (

    select * from {{ source('raw', 'src_hours') }}

),

renamed as (

    select
        -- ids
        row_id,
        load_id,
        source_system as source,
        hours_id,
        partner_id,
        period_id,

        -- numerics
        hours_planned,
        hours_used,

        -- booleans
        coalesce(is_current, false) as is_current

    from source

)

select * from renamed
