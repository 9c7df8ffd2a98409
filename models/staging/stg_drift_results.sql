with

source as (

    select * from {{ source('raw', 'drift_result') }}

),

renamed as (

    select
        -- ids
        instrument_id,
        scope_kind,
        scope_id,
        item_id,
        reference_period as reference_period_id,
        current_period as current_period_id,

        -- text
        aspect,
        method,
        reason,

        -- numerics
        score,
        effect,
        threshold,
        n_reference,
        n_current,
        share_missing_reference,
        share_missing_current,

        -- booleans
        drifted as has_drifted,

        -- times
        computed_at as computed_on

    from source

)

select * from renamed
