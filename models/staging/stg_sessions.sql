with

source as (

    select * from {{ source('raw', 'src_session') }}

),

renamed as (

    select
        -- ids
        row_id,
        load_id,
        source_system as source,
        contribution_id,
        session_id,
        cycle_id,
        partner_id,
        period_id,
        partnership_id,

        -- text
        speaker_role,
        step,

        -- numerics
        minutes,
        assumptions_examined,
        assumptions_revised,
        exit_score,

        -- booleans
        coalesce(is_current, false) as is_current,
        is_facilitator,
        is_reflected,

        -- times
        held_on

    from source

)

select * from renamed
