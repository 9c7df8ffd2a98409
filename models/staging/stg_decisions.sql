with

source as (

    select * from {{ source('raw', 'src_decision') }}

),

renamed as (

    select
        -- ids
        row_id,
        load_id,
        source_system as source,
        decision_id,
        raised_by_id as raised_by,
        decided_by_id as decided_by,
        period_id,
        partnership_id,

        -- text
        status,

        -- booleans
        coalesce(is_current, false) as is_current,
        is_power_topic,

        -- times
        decided_on,
        resolved_on

    from source

)

select * from renamed
