with

source as (

    select * from {{ source('raw', 'ref_invited') }}

),

renamed as (

    select
        -- ids
        partner_id,
        about_partner_id,
        instrument_id,
        period_id,

        -- numerics
        n_invited

    from source

)

select * from renamed
