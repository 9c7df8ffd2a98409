with

source as (

    select * from {{ source('raw', 'src_choice') }}

),

renamed as (

    select
        -- ids
        instrument_id,
        form_version,
        list,
        code,
        missing_code,

        -- numerics
        score

    from source

)

select * from renamed
