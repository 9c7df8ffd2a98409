with

source as (

    select * from {{ source('raw', 'src_cycle') }}

),

renamed as (

    select
        -- ids
        row_id,
        load_id,
        source_system as source,
        cycle_entry_id,
        cycle_id,
        period_id,
        partnership_id,

        -- text
        theme,
        step_plan,
        products_expected,

        -- booleans
        coalesce(is_current, false) as is_current,

        -- times
        ingested_at,
        planned_start,
        planned_end,
        actual_start,
        actual_end

    from source

)

select * from renamed
