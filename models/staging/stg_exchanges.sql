with

source as (

    select * from {{ source('raw', 'src_exchange') }}

),

renamed as (

    select
        -- ids
        row_id,
        load_id,
        source_system as source,
        exchange_id,
        meeting_id,
        cycle_id,
        reply_to,
        from_partner_id,
        to_partner_id,
        agenda_setter_id,
        host_id,
        payer_id,
        period_id,
        reported_by,
        confirmed_by,

        -- text
        from_partner_raw,
        to_partner_raw,
        kind,
        coalesce(channel, 'unspecified') as channel,
        unit,

        -- numerics
        quantity,

        -- booleans
        coalesce(is_current, false) as is_current,
        coalesce(date_precision, 'day') = 'day' as is_dated_to_the_day,

        -- times
        occurred_on

    from source

)

select * from renamed
