-- Row 26: claims to have learned from the other side of a dyad, and those in which the designated resource learned.
with

claims as (

    select * from {{ ref('int_claims_followed') }}

),

dyads as (

    select * from {{ ref('stg_dyads') }}

),

parts as (

    select * from {{ ref('int_parts_listed') }}

),

designated as (

    select
        claims.row_id,
        dyads.dyad_id,
        claims.period_id,
        coalesce(claims.learner_designated_role, parts.role) as role
    from claims
    inner join dyads
        on
            least(claims.learner_partner_id, claims.source_partner_id) = dyads.partner_a
            and greatest(claims.learner_partner_id, claims.source_partner_id) = dyads.partner_b
    left join parts on dyads.dyad_id = parts.dyad_id and claims.learner_partner_id = parts.partner_id

)

select
    dyad_id,
    period_id,
    count(*) filter (where role = 'resource') as reverse_claims,
    count(*) as claims,
    reverse_claims / claims as reverse_share
from designated
where role is not null
group by dyad_id, period_id
