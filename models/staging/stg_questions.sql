with

source as (

    select * from {{ source('raw', 'src_question') }}

),

renamed as (

    select
        -- ids
        row_id,
        load_id,
        source_system as source,
        question_entry_id,
        question_id,
        cycle_id,
        asked_by_id,
        linked_partner_id,
        period_id,

        -- text
        text as question,
        status,
        answer_ref,

        -- numerics
        confidence,

        -- booleans
        coalesce(is_current, false) as is_current,

        -- times
        ingested_at,
        asked_on,
        closed_on

    from source

)

select * from renamed
