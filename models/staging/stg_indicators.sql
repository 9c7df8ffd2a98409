with

source as (

    select * from {{ source('raw', 'ref_indicator') }}

),

renamed as (

    select
        -- ids
        indicator_id,

        -- text
        name,
        definition,
        unit,
        direction,
        kind,
        disaggregated_by,
        tracking,

        -- numerics
        baseline

    from source

)

select * from renamed
