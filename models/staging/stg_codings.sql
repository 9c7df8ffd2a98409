with

source as (

    select * from {{ source('raw', 'src_coding') }}

),

renamed as (

    select
        -- ids
        row_id,
        load_id,
        source_system as source,
        coding_id,
        text_id,
        period_id,

        -- text
        lower(trim(coder)) as coder,
        lower(trim(code)) as code,

        -- booleans
        coalesce(is_current, false) as is_current,
        coalesce(is_quotable, false) as is_quotable,

        -- times
        coded_on

    from source

)

select * from renamed
