-- Fixed cuts, not medians: medians would always fill all four quadrants.
with

tracked as (

    select
        tracked.*,
        periods.framework_version,
        periods.health_high_from,
        periods.result_high_from,
        periods.echo_trust_from,
        periods.echo_challenge_below,
        periods.echo_novelty_below
    from {{ ref('int_dual_measured') }} as tracked
    inner join {{ ref('stg_periods') }} as periods using (period_id)

),

cut as (

    select
        *,
        health_composite >= health_high_from as is_healthy,
        result_index >= result_high_from as is_delivering
    from tracked

)

select
    dyad_id,
    period_id,
    framework_version,
    health_composite,
    health_min_dimension,
    result_index,
    cast(n_results as integer) as n_results,
    cast(results_due as integer) as results_due,
    case
        when is_healthy and is_delivering then 'healthy_delivering'
        when is_healthy and not is_delivering then 'healthy_not_yet'
        when not is_healthy and is_delivering then 'transactional_effective'
        when not is_healthy and not is_delivering then 'neither'
    end as quadrant,
    health_high_from,
    result_high_from,
    trust >= echo_trust_from and (challenge < echo_challenge_below or novelty_share < echo_novelty_below) as echo_flag,
    trust,
    challenge,
    novelty_share,
    cast(n_claims as integer) as n_claims,
    contacts,
    case
        when is_suppressed and health_composite is null then 'health hidden: too few respondents'
        when health_composite is null then 'health not asked of both sides'
        when results_due = 0 then 'no result agreed by the pair'
        when result_index is null then 'no result that can be judged'
    end as reason,
    {{ stamp('F34,F38') }}
from cut
order by dyad_id, period_id
