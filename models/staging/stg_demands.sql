with

source as (

    select * from {{ source('raw', 'src_demand') }}

),

renamed as (

    select
        -- ids
        row_id,
        load_id,
        source_system as source,
        demand_id,
        partner_id,
        period_id,
        capability,
        topic,

        -- text
        statement,

        -- booleans
        coalesce(is_current, false) as is_current,

        -- times
        stated_on

    from source

)

select * from renamed
