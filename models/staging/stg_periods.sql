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

        -- times
        starts_on,
        ends_on,
        needs_frozen_on

    from source

)

select * from renamed
