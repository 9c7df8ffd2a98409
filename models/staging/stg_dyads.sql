with

source as (

    select * from {{ source('raw', 'ref_dyad') }}

),

renamed as (

    select
        -- ids
        dyad_id,
        partner_a,
        partner_b,

        -- text
        partnership_ids,
        set_up,
        publish_level,

        -- times
        started_on

    from source

)

select * from renamed
