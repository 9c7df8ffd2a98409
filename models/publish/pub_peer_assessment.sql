-- What a peer says of a partner stays between the two; others see the alliance, from three pairs on.
with

assessments as (

    select
        *,
        n_pairs < 3 as is_suppressed
    from {{ ref('mart_peer_assessment') }}
    where scope = 'alliance'

)

select
    assessments.scope,
    assessments.assessor_id,
    assessments.assessed_id,
    assessments.dyad_id,
    assessments.criterion,
    assessments.period_id,
    assessments.n_assessments,
    assessments.n_pairs,
    case when not assessments.is_suppressed then assessments.self_score end as self_score,
    case when not assessments.is_suppressed then assessments.peer_score end as peer_score,
    case when not assessments.is_suppressed then assessments.gap end as gap,
    case when not assessments.is_suppressed then assessments.gap_ci_low end as gap_ci_low,
    case when not assessments.is_suppressed then assessments.gap_ci_high end as gap_ci_high,
    case when not assessments.is_suppressed then assessments.n_agreed end as n_agreed,
    case when not assessments.is_suppressed then assessments.n_done end as n_done,
    case when not assessments.is_suppressed then assessments.follow_through end as follow_through,
    case when not assessments.is_suppressed then assessments.follow_through_ci_low end as follow_through_ci_low,
    case when not assessments.is_suppressed then assessments.follow_through_ci_high end as follow_through_ci_high,
    case when not assessments.is_suppressed then assessments.icc1 end as icc1,
    case when not assessments.is_suppressed then assessments.icc1k end as icc1k,
    assessments.is_reciprocal,
    assessments.reciprocal_pair_ratio,
    assessments.n_tied_to_funding,
    assessments.reason,
    assessments.is_suppressed,
    case when assessments.is_suppressed then 'fewer than 3 pairs' end as n_suppressed_reason,
    '{{ var("publish_level_partner") }}' as publish_level,
    assessments.formula_id,
    assessments.config_hash,
    assessments.as_of,
    assessments.load_id
from assessments
order by assessments.criterion, assessments.period_id
