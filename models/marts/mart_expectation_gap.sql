with

pairs as (

    select
        *,
        {{ too_few('least(n_a, n_b)', var('min_n_programme')) }} as is_suppressed
    from {{ ref('int_expectations_estimated') }}

)

select
    construct_id as expectation,
    role_a,
    role_b,
    period_id,
    cast(n_a as integer) as n_a,
    cast(n_b as integer) as n_b,
    {{ shown(['score_a', 'score_b', 'sd_a', 'sd_b', 'gap', 'gap_ci_low', 'gap_ci_high', 'rwg_a', 'rwg_b']) }},
    is_suppressed,
    {{ suppressed_reason(var('min_n_programme')) }},
    {{ stamp('F1,F2,F15,F16') }}
from pairs
order by expectation, role_a, role_b, period_id
