-- Row 9: who learned each type of thing, and where it reaches. Each name counts once in each row.
with

claims as (

    select * from {{ ref('int_claims_followed') }}

),

partners as (

    select * from {{ ref('stg_partners') }}

),

reached as (

    select
        claims.claim_id,
        claims.period_id,
        claims.learner_partner_id,
        claims.rung,
        claims.learning_type is not null as is_coded,
        nullif(lower(trim(claims.local_organisation)), '') as local_organisation,
        nullif(lower(trim(coalesce(claims.country, partners.country))), '') as country,
        unnest([coalesce(claims.learning_type, 'unknown'), 'all']) as learning_type
    from claims
    left join partners on claims.learner_partner_id = partners.partner_id

)

select
    learning_type,
    period_id,
    count(*) as claims,
    count(distinct learner_partner_id) as n_agencies,
    count(distinct local_organisation) as n_local_organisations,
    count(distinct country) as n_countries,
    count(*) filter (where rung >= 6) as n_used,
    count(*) filter (where is_coded) as n_coded
from reached
group by learning_type, period_id
