select
    direction,
    period_id,
    cast(n_stories as integer) as n_stories,
    cast(n_verified as integer) as n_verified,
    n_verified / nullif(n_stories, 0) as verified_share,
    verified_ci_low,
    verified_ci_high,
    cast(n_publishable as integer) as n_publishable,
    cast(n_anticipation_known as integer) as n_anticipation_known,
    cast(n_unanticipated as integer) as n_unanticipated,
    n_unanticipated / nullif(n_anticipation_known, 0) as unanticipated_share,
    unanticipated_ci_low,
    unanticipated_ci_high,
    {{ stamp('F8') }}
from {{ ref('int_stories_estimated') }}
order by direction, period_id
