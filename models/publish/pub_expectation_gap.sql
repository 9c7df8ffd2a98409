with

pairs as (

    select
        * exclude (is_suppressed, n_suppressed_reason),
        {{ too_few('least(n_a, n_b)', var('min_n_published')) }} as is_suppressed
    from {{ ref('mart_expectation_gap') }}

)

select
    pairs.expectation,
    pairs.role_a,
    pairs.role_b,
    pairs.period_id,
    case when not pairs.is_suppressed then pairs.n_a end as n_a,
    case when not pairs.is_suppressed then pairs.n_b end as n_b,
    case when not pairs.is_suppressed then pairs.score_a end as score_a,
    case when not pairs.is_suppressed then pairs.score_b end as score_b,
    case when not pairs.is_suppressed then pairs.sd_a end as sd_a,
    case when not pairs.is_suppressed then pairs.sd_b end as sd_b,
    case when not pairs.is_suppressed then pairs.gap end as gap,
    case when not pairs.is_suppressed then pairs.gap_ci_low end as gap_ci_low,
    case when not pairs.is_suppressed then pairs.gap_ci_high end as gap_ci_high,
    case when not pairs.is_suppressed then pairs.rwg_a end as rwg_a,
    case when not pairs.is_suppressed then pairs.rwg_b end as rwg_b,
    pairs.is_suppressed,
    {{ suppressed_reason(var('min_n_published')) }},
    '{{ var("publish_level_partner") }}' as publish_level,
    pairs.formula_id,
    pairs.config_hash,
    pairs.as_of,
    pairs.load_id
from pairs
order by pairs.expectation, pairs.role_a, pairs.role_b, pairs.period_id
