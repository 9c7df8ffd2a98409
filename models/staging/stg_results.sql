with

source as (

    select * from {{ source('raw', 'src_result') }}

),

renamed as (

    select
        -- ids
        row_id,
        load_id,
        source_system as source,
        result_id,
        partner_id,
        other_partner_id,
        period_id,
        indicator_id,

        -- text
        partner_raw,
        disaggregation,
        unit,
        try_cast(evidence_class as integer) as evidence_class,

        -- numerics
        baseline,
        target,
        actual,

        -- booleans
        coalesce(is_current, false) as is_current

    from source

)

select * from renamed
