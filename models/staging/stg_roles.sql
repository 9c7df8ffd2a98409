with

source as (

    select * from {{ source('raw', 'src_role') }}

),

renamed as (

    select
        -- ids
        row_id,
        load_id,
        source_system as source,
        role_id,
        partner_id,
        period_id,
        cycle_id,
        partnership_id,

        -- text
        step,
        role,
        observed_role,

        -- booleans
        coalesce(is_current, false) as is_current,

        -- times
        valid_from,
        valid_to

    from source

)

select * from renamed
