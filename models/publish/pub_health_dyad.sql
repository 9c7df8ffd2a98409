-- A row is hidden whole when either side is too small: from mean, minimum or gap the hidden side could be worked out.
with

scores as (

    select
        * exclude (is_suppressed, n_suppressed_reason),
        is_suppressed or {{ too_few('least(n_a_of_b, n_b_of_a)', var('min_n_published')) }} as is_suppressed
    from {{ ref('mart_health_dyad') }}

),

dyads as (

    select
        dyad_id,
        publish_level
    from {{ ref('dim_dyad') }}

)

select
    scores.dyad_id,
    scores.dimension,
    scores.period_id,
    {{ shown(['n_a_of_b', 'n_b_of_a', 'n_respondents'] + health_dyad_values()) }},
    scores.is_suppressed,
    {{ suppressed_reason(var('min_n_published')) }},
    dyads.publish_level,
    scores.formula_id,
    scores.config_hash,
    scores.as_of,
    scores.load_id
from scores
inner join dyads using (dyad_id)
order by scores.dyad_id, scores.dimension, scores.period_id
