with

source as (

    select * from {{ source('raw', 'ref_period') }}

),

renamed as (

    select
        -- ids
        period_id,

        -- text
        label,
        coalesce(framework_version, 'unversioned') as framework_version,

        -- numerics
        ordinal,
        coalesce(min_answered, {{ var('min_answered') }}) as min_answered,
        coalesce(positive_from, {{ var('positive_from') }}) as positive_from,
        coalesce(imbalance_points, {{ var('imbalance_points') }}) as imbalance_points,
        coalesce(change_points, {{ var('change_points') }}) as change_points,
        coalesce(answer_days, {{ var('answer_days') }}) as answer_days,
        coalesce(on_track_from, {{ var('on_track_from') }}) as on_track_from,
        coalesce(behind_from, {{ var('behind_from') }}) as behind_from,
        coalesce(health_high_from, {{ var('health_high_from') }}) as health_high_from,
        coalesce(result_high_from, {{ var('result_high_from') }}) as result_high_from,
        coalesce(echo_trust_from, {{ var('echo_trust_from') }}) as echo_trust_from,
        coalesce(echo_challenge_below, {{ var('echo_challenge_below') }}) as echo_challenge_below,
        coalesce(echo_novelty_below, {{ var('echo_novelty_below') }}) as echo_novelty_below,

        -- times
        starts_on,
        ends_on,
        needs_frozen_on

    from source

)

select * from renamed
