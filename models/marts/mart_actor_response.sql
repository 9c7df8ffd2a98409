select
    actor_level,
    period_id,
    cast(n_responses as integer) as n_responses,
    cast(n_reinforcing as integer) as n_reinforcing,
    cast(n_neutral as integer) as n_neutral,
    cast(n_obstructive as integer) as n_obstructive,
    cast(n_actors as integer) as n_actors,
    net_response,
    net_response_ci_low,
    net_response_ci_high,
    cast(n_strength_known as integer) as n_strength_known,
    net_response_weighted,
    mean_valence,
    {{ stamp('F12,F32') }}
from {{ ref('int_responses_estimated') }}
order by actor_level, period_id
