with

pairs as (

    select
        pairs.*,
        periods.imbalance_points
    from {{ ref('int_gaps_estimated') }} as pairs
    inner join {{ ref('stg_periods') }} as periods using (period_id)

),

baselines as (

    select
        dyad_id,
        baseline_period as period_id,
        baseline_kind
    from {{ ref('int_baselines_marked') }}
    where baseline_period is not null

),

marked as (

    select
        * exclude (score_third),
        n_a_of_b + n_b_of_a as n_respondents,
        (score_a_of_b + score_b_of_a) / 2 as mean_of_sides,
        case when score_a_of_b is not null and score_b_of_a is not null then least(score_a_of_b, score_b_of_a) end
            as min_of_sides,
        (gap_ci_low > 0 or gap_ci_high < 0) and abs(gap) >= imbalance_points as imbalance_flag,
        -- A third party's view has its own number of respondents.
        case when not {{ too_few('n_third', var('min_n_programme')) }} then score_third end as score_third,
        {{ too_few('least(n_a_of_b, n_b_of_a)', var('min_n_programme')) }} as is_suppressed
    from pairs

)

select
    marked.dyad_id,
    marked.dimension,
    marked.period_id,
    marked.framework_version,
    baselines.baseline_kind,
    marked.n_a_of_b,
    marked.n_b_of_a,
    marked.n_third,
    marked.n_respondents,
    {{ shown(health_dyad_values()) }},
    marked.is_suppressed,
    {{ suppressed_reason(var('min_n_programme')) }},
    {{ stamp('F2,F15,F16') }}
from marked
left join baselines using (dyad_id, period_id)
order by marked.dyad_id, marked.dimension, marked.period_id
