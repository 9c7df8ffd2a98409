with

source as (

    select * from {{ source('raw', 'src_tracking_agreement') }}

),

renamed as (

    select
        -- ids
        row_id,
        load_id,
        source_system as source,
        tracking_id,
        indicator_id,
        partner_id,
        period_id,
        accountable_id,
        collector_id,

        -- text
        method,

        -- booleans
        coalesce(is_current, false) as is_current,

        -- times
        due_on,
        delivered_on

    from source

)

select * from renamed
