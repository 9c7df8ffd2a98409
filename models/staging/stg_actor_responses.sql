with

source as (

    select * from {{ source('raw', 'src_actor_response') }}

),

renamed as (

    select
        -- ids
        row_id,
        load_id,
        source_system as source,
        response_id,
        partner_id,
        learning_id,
        period_id,

        -- text
        actor,
        actor_level,

        -- numerics
        cast(valence as integer) as valence,
        cast(strength as integer) as strength,

        -- booleans
        coalesce(is_current, false) as is_current,

        -- times
        responded_on

    from source

)

select * from renamed
