with

source as (

    select * from {{ source('raw', 'ref_source') }}

),

renamed as (

    select
        -- ids
        source,
        partner_id,
        instrument_id,

        -- numerics
        due_days_after_period,

        -- booleans
        coalesce(is_one_sided, false) as is_one_sided

    from source

)

select * from renamed
