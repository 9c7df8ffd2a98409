with

source as (

    select * from {{ source('raw', 'plausibility') }}

),

renamed as (

    select
        -- ids
        source,
        submission_id,
        version_id,
        load_id,

        -- booleans
        is_short,
        is_straight,
        is_copy,
        is_outlying,
        is_leap

    from source

)

select * from renamed
