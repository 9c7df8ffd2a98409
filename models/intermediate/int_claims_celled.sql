-- Each claim in every cell it counts in: its learner and the alliance, its level and capability and all of them.
with

claims as (

    select * from {{ ref('int_claims_followed') }}

),

scoped as (

    select
        claims.*,
        unnest(['partner', 'alliance']) as scope,
        unnest([claims.learner_partner_id, 'alliance']) as scope_id
    from claims

),

levelled as (

    select
        * exclude (level),
        unnest([level, 'all']) as level
    from scoped

)

select
    * exclude (capability),
    unnest([capability, 'all']) as capability
from levelled
