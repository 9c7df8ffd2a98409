with

source as (

    select * from {{ source('raw', 'src_assessment') }}

),

renamed as (

    select
        -- ids
        row_id,
        load_id,
        source_system as source,
        assessment_id,
        assessor_id,
        assessed_id,
        period_id,

        -- text
        criterion,

        -- numerics
        self_score,
        peer_score,
        scale_min,
        scale_max,

        -- booleans
        coalesce(is_current, false) as is_current,
        action_agreed as is_action_agreed,
        action_done as is_action_done,
        tied_to_funding as is_tied_to_funding,

        -- times
        assessed_on

    from source

)

select * from renamed
