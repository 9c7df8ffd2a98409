with

source as (

    select * from {{ source('raw', 'src_target') }}

),

renamed as (

    select
        -- ids
        row_id,
        load_id,
        source_system as source,
        target_id,
        indicator_id,
        partner_id,
        other_partner_id,
        period_id,

        -- text
        disaggregation,
        reason,
        agreed_by,

        -- numerics
        target,

        -- booleans
        coalesce(is_current, false) as is_current,

        -- times
        agreed_on

    from source

)

select * from renamed
