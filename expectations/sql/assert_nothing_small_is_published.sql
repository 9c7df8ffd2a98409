-- Failure: a published row rests on fewer respondents than allowed, or a hidden row shows a value: do not release.
select
    'pub_capability_score' as table_name,
    partner_id as subject_id,
    period_id
from {{ ref('pub_capability_score') }}
where
    n_respondents < {{ var('min_n_published') }}
    or (not is_suppressed and n_respondents is null)
    or (is_suppressed and coalesce(
        n_respondents, score, sd, ci_low, ci_high, bca_low, pct_positive, pct_ci_low, alpha, omega, rwg_median
    ) is not null)
union all
select
    'pub_partnership_health' as table_name,
    dyad_id as subject_id,
    period_id
from {{ ref('pub_partnership_health') }}
where
    n_respondents < {{ var('min_n_published') }}
    or (not is_suppressed and n_respondents is null)
    or (is_suppressed and coalesce(
        n_respondents, score, sd, ci_low, ci_high, bca_low, pct_positive, pct_ci_low, alpha, omega, rwg_median
    ) is not null)
union all
select
    'pub_health_dyad' as table_name,
    dyad_id as subject_id,
    period_id
from {{ ref('pub_health_dyad') }}
where
    least(n_a_of_b, n_b_of_a, n_third) < {{ var('min_n_published') }}
    or (not is_suppressed and (n_a_of_b is null or n_b_of_a is null))
    or (
        is_suppressed
        and coalesce(
            n_a_of_b, n_b_of_a, score_a_of_b, score_b_of_a, mean_of_sides, min_of_sides, gap, score_third,
            rwg_a, rwg_b
        ) is not null
    )
union all
select
    'pub_capability_change' as table_name,
    partner_id as subject_id,
    period_to as period_id
from {{ ref('pub_capability_change') }}
where
    least(n_from, n_to, n_pairs) < {{ var('min_n_published') }}
    or (not is_suppressed and n_respondents is null)
    or (is_suppressed and coalesce(
        n_respondents, n_from, n_to, score_from, score_to, diff, d_av, net_change
    ) is not null)
