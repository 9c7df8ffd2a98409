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
        string_split(partnership_ids, ', ') as partnerships,
        funded_by,
        level,
        stands,
        transparency,
        set_up,
        publish_level,

        -- numerics
        funding_tiers,
        decisions_delegated,
        planned_months,

        -- times
        started_on

    from source

)

select * from renamed
