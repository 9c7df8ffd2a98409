-- Health, agreed results, new learning and contacts of a pair on one calendar. They meet here and nowhere before.
with

health as (

    select
        dyad_id,
        period_id,
        max(mean_of_sides) filter (where dimension = 'composite') as health_composite,
        max(weakest_dimension) filter (where dimension = 'composite') as health_min_dimension,
        max(mean_of_sides) filter (where dimension = 'trust') as trust,
        max(mean_of_sides) filter (where dimension = 'openness_challenge') as challenge,
        bool_or(is_suppressed) as is_suppressed
    from {{ ref('mart_health_dyad') }}
    group by dyad_id, period_id

),

-- Both sides may report a result they agreed on: it is one result.
results as (

    select
        dyad_id,
        indicator_id,
        period_id,
        avg(result_index) as result_index
    from {{ ref('mart_indicator_progress') }}
    where scope = 'partner' and dyad_id is not null and disaggregation = 'total'
    group by dyad_id, indicator_id, period_id

),

delivered as (

    select
        dyad_id,
        period_id,
        round(avg(result_index), 9) as result_index,
        count(result_index) as n_results,
        count(*) as results_due
    from results
    group by dyad_id, period_id

),

dyads as (

    select * from {{ ref('stg_dyads') }}

),

learned as (

    select
        dyads.dyad_id,
        claims.period_id,
        count(claims.is_novel) as n_claims,
        count(*) filter (where claims.is_novel) as n_novel
    from {{ ref('int_claims_followed') }} as claims
    inner join dyads
        on
            least(claims.learner_partner_id, claims.source_partner_id) = dyads.partner_a
            and greatest(claims.learner_partner_id, claims.source_partner_id) = dyads.partner_b
    group by dyads.dyad_id, claims.period_id

),

contacts as (

    select
        dyad_id,
        period_id,
        flow_total as contacts
    from {{ ref('mart_mutuality_dyad') }}
    where measure = 'events' and channel = 'all'

),

keys as (

    select
        dyad_id,
        period_id
    from health
    union
    select
        dyad_id,
        period_id
    from delivered

)

select
    dyad_id,
    period_id,
    health.health_composite,
    health.health_min_dimension,
    health.trust,
    health.challenge,
    coalesce(health.is_suppressed, false) as is_suppressed,
    delivered.result_index,
    coalesce(delivered.n_results, 0) as n_results,
    coalesce(delivered.results_due, 0) as results_due,
    coalesce(learned.n_claims, 0) as n_claims,
    learned.n_novel / nullif(learned.n_claims, 0) as novelty_share,
    contacts.contacts
from keys
left join health using (dyad_id, period_id)
left join delivered using (dyad_id, period_id)
left join learned using (dyad_id, period_id)
left join contacts using (dyad_id, period_id)
