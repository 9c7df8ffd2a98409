with

source as (

    select * from {{ source('raw', 'src_contribution') }}

),

renamed as (

    select
        -- ids
        row_id,
        load_id,
        source_system as source,
        contribution_id,
        indicator_id,
        partner_id,
        other_partner_id,
        period_id,

        -- text
        rating,

        -- numerics
        cast(evidence_class as integer) as evidence_class,

        -- booleans
        coalesce(is_current, false) as is_current

    from source

)

select * from renamed
