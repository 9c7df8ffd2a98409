with

source as (

    select * from {{ source('raw', 'src_code') }}

),

renamed as (

    select
        -- ids
        row_id,
        load_id,
        source_system as source,
        period_id,

        -- text
        lower(trim(regexp_replace(code, '^[^:]*:', ''))) as code,
        label,
        definition,

        -- booleans
        coalesce(is_current, false) as is_current,

        -- times
        decided_on

    from source

)

select * from renamed
