with

source as (

    select * from {{ source('raw', 'src_entry') }}

),

renamed as (

    select
        -- ids
        row_id,
        load_id,
        source_system as source,
        entry_id,
        partner_id,
        person,
        period_id,

        -- text
        item,

        -- numerics
        score,
        scale_min,
        scale_max,

        -- booleans
        coalesce(is_current, false) as is_current,
        coalesce(is_reverse, false) as is_reverse,

        -- times
        joined_on

    from source

)

select * from renamed
