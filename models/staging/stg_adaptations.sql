with

source as (

    select * from {{ source('raw', 'src_adaptation') }}

),

renamed as (

    select
        -- ids
        row_id,
        load_id,
        source_system as source,
        insight_id,
        cycle_id,
        partner_id,
        period_id,
        partnership_id,

        -- text
        insight,
        what_changed,

        -- booleans
        coalesce(is_current, false) as is_current,

        -- times
        insight_date,
        decided_on

    from source

)

select * from renamed
