with

source as (

    select * from {{ source('raw', 'held_event') }}

),

renamed as (

    select
        -- ids
        held_id,
        source,
        table_name,
        split_part(rule_id, ':', 1) as rule_id,
        partner_id,

        -- text
        state,

        -- dates
        happened_at

    from source

)

select * from renamed
