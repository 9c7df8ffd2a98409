-- What partners that filled in the checklist learned after they joined, and how much of it was put to use.
with

joined as (

    select
        partner_id,
        min(joined_on) as joined_on
    from {{ ref('stg_entries') }}
    where is_current and partner_id is not null
    group by partner_id

),

claims as (

    select
        claims.learner_partner_id as partner_id,
        claims.rung
    from {{ ref('stg_learning_claims') }} as claims
    inner join joined on claims.learner_partner_id = joined.partner_id
    where claims.is_current and claims.rung is not null and claims.claimed_on >= joined.joined_on

)

select
    case when grouping(partner_id) = 1 then 'alliance' else 'partner' end as scope,
    case when grouping(partner_id) = 1 then 'alliance' else partner_id end as scope_id,
    count(*) as n_claims,
    count(*) filter (where rung >= 6) as n_used
from claims
group by grouping sets ((partner_id), ())
