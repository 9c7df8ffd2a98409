with

scores as (

    select
        * exclude (is_suppressed, n_suppressed_reason),
        is_suppressed or {{ too_few('n_respondents', var('min_n_published')) }} as is_suppressed
    from {{ ref('mart_partnership_health') }}

),

dyads as (

    select
        dyad_id,
        publish_level
    from {{ ref('dim_dyad') }}

)

select
    scores.dyad_id,
    scores.rater_side,
    scores.dimension,
    scores.period_id,
    scores.framework_version,
    scores.instrument_id,
    scores.form_versions,
    scores.n_items,
    {{ shown(['n_items_median_answered', 'n_respondents', 'n_invited'] + score_values()) }},
    scores.is_suppressed,
    {{ suppressed_reason(var('min_n_published')) }},
    dyads.publish_level,
    scores.formula_id,
    scores.config_hash,
    scores.as_of,
    scores.load_id
from scores
inner join dyads using (dyad_id)
order by scores.dyad_id, scores.rater_side, scores.dimension, scores.period_id
