-- A row is hidden whole when either side is too small: from mean, minimum or gap the hidden side could be worked out.
with

scores as (

    select
        * exclude (is_suppressed, n_suppressed_reason, n_third, score_third),
        -- A third party's view has its own number of respondents.
        case when not {{ too_few('n_third', var('min_n_published')) }} then n_third end as n_third,
        case when not {{ too_few('n_third', var('min_n_published')) }} then score_third end as score_third,
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
    scores.framework_version,
    scores.baseline_kind,
    {{ shown(['n_a_of_b', 'n_b_of_a', 'n_third', 'n_respondents'] + health_dyad_values()) }},
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
