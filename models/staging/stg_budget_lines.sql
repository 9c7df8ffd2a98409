with

source as (

    select * from {{ source('raw', 'src_budget') }}

),

renamed as (

    select
        -- ids
        row_id,
        load_id,
        source_system as source,
        budget_line_id,
        partner_id,
        period_id,
        partnership_id,

        -- text
        line,
        kind,
        currency,

        -- numerics
        amount,

        -- booleans
        coalesce(is_current, false) as is_current,
        is_personnel

    from source

)

select * from renamed
