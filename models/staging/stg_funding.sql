with

source as (

    select * from {{ source('raw', 'src_funding') }}

),

renamed as (

    select
        -- ids
        row_id,
        load_id,
        source_system as source,
        funding_id,
        partner_id,
        period_id,

        -- text
        funder,
        kind,
        currency,

        -- numerics
        amount,

        -- booleans
        coalesce(is_current, false) as is_current

    from source

)

select * from renamed
