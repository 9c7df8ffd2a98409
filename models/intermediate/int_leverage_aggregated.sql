-- Row 14: who is named a resource by how many others, and what changed beyond single persons.
with

nominations as (

    select * from {{ ref('stg_nominations') }}
    where is_current and period_id is not null

),

claims as (

    select * from {{ ref('int_claims_followed') }}

),

partners as (

    select partner_id from {{ ref('stg_partners') }}

),

named as (

    select
        nominee_id as partner_id,
        period_id,
        count(*) filter (where nominator_id != nominee_id) as n_nominations,
        count(distinct nominator_id) filter (where nominator_id != nominee_id) as n_nominators,
        count(distinct resource_code) filter (where nominator_id != nominee_id) as n_resource_people,
        count(*) filter (where nominator_id = nominee_id) as n_self_nominations
    from nominations
    group by nominee_id, period_id

),

used as (

    select
        learner_partner_id as partner_id,
        period_id,
        count(*) filter (where rung >= 6 and level = 'individual') as n_applied_individual,
        count(*) filter (where rung >= 6 and level = 'institutional') as n_applied_institutional,
        count(*) filter (where rung >= 6 and level = 'contextual') as n_applied_contextual,
        count(distinct practice_id) filter (
            where rung >= 6 and level in ('institutional', 'contextual')
        ) as n_practices_changed,
        max(evidence_class) filter (where rung >= 6 and level in ('institutional', 'contextual')) as best_evidence_class
    from claims
    group by learner_partner_id, period_id

),

periods as (

    select distinct period_id from named
    union
    select distinct period_id from used

)

select
    partners.partner_id,
    periods.period_id,
    coalesce(named.n_nominations, 0) as n_nominations,
    coalesce(named.n_nominators, 0) as n_nominators,
    coalesce(named.n_resource_people, 0) as n_resource_people,
    coalesce(named.n_self_nominations, 0) as n_self_nominations,
    coalesce(used.n_applied_individual, 0) as n_applied_individual,
    coalesce(used.n_applied_institutional, 0) as n_applied_institutional,
    coalesce(used.n_applied_contextual, 0) as n_applied_contextual,
    coalesce(used.n_practices_changed, 0) as n_practices_changed,
    used.best_evidence_class,
    count(*) over (partition by periods.period_id) as n_partners
from partners
cross join periods
left join named on partners.partner_id = named.partner_id and periods.period_id = named.period_id
left join used on partners.partner_id = used.partner_id and periods.period_id = used.period_id
