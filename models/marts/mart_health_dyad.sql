with

pairs as (

    select
        *,
        (score_a_of_b + score_b_of_a) / 2 as mean_of_sides
    from {{ ref('int_gaps_estimated') }}

),

-- Only dimensions both sides have a view of; mistrust is turned round so that more is always better.
favourable as (

    select
        * exclude (score_a_of_b, score_b_of_a, mean_of_sides),
        case direction when 'negative' then 100 - score_a_of_b else score_a_of_b end as score_a_of_b,
        case direction when 'negative' then 100 - score_b_of_a else score_b_of_a end as score_b_of_a,
        case direction when 'negative' then 100 - mean_of_sides else mean_of_sides end as mean_of_sides
    from pairs
    where mean_of_sides is not null

),

-- The fewest respondents of any dimension decide: from a composite a hidden dimension could be worked out.
composites as (

    select
        dyad_id,
        'composite' as dimension,
        period_id,
        min(n_a_of_b) as n_a_of_b,
        min(n_b_of_a) as n_b_of_a,
        round(avg(score_a_of_b), 10) as score_a_of_b,
        round(avg(score_b_of_a), 10) as score_b_of_a,
        round(avg(score_a_of_b) - avg(score_b_of_a), 10) as gap,
        arg_min(dimension, (mean_of_sides, dimension)) as weakest_dimension
    from favourable
    group by dyad_id, period_id

),

dyads as (

    select
        dyad_id,
        dimension,
        period_id,
        n_a_of_b,
        n_b_of_a,
        score_a_of_b,
        score_b_of_a,
        gap,
        gap_ci_low,
        gap_ci_high,
        (gap_ci_low > 0 or gap_ci_high < 0) and abs(gap) >= {{ var('imbalance_points') }} as imbalance_flag
    from pairs
    union all by name
    select * from composites

),

marked as (

    select
        *,
        n_a_of_b + n_b_of_a as n_respondents,
        round((score_a_of_b + score_b_of_a) / 2, 10) as mean_of_sides,
        case when score_a_of_b is not null and score_b_of_a is not null then least(score_a_of_b, score_b_of_a) end
            as min_of_sides,
        {{ too_few('least(n_a_of_b, n_b_of_a)', var('min_n_programme')) }} as is_suppressed
    from dyads

)

select
    dyad_id,
    dimension,
    period_id,
    n_a_of_b,
    n_b_of_a,
    n_respondents,
    {{ shown(health_dyad_values()) }},
    is_suppressed,
    {{ suppressed_reason(var('min_n_programme')) }},
    {{ stamp('F2,F15') }}
from marked
order by dyad_id, dimension, period_id
