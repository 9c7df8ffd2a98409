-- Which way each story goes: what the two are meant to be decides, unless the story says that both learned.
with

stories as (

    select * from {{ ref('stg_stories') }}
    where is_current and period_id is not null

),

parts as (

    select * from {{ ref('int_parts_listed') }}

),

dyads as (

    select * from {{ ref('stg_dyads') }}

),

paired as (

    select
        stories.*,
        dyads.dyad_id
    from stories
    left join dyads
        on
            least(stories.learner_partner_id, stories.source_partner_id) = dyads.partner_a
            and greatest(stories.learner_partner_id, stories.source_partner_id) = dyads.partner_b

),

designated as (

    select
        paired.*,
        coalesce(paired.learner_designated_role, parts.role) as learner_role
    from paired
    left join parts on paired.dyad_id = parts.dyad_id and paired.learner_partner_id = parts.partner_id

)

select
    story_id,
    period_id,
    teller_id,
    learner_partner_id,
    source_partner_id,
    dyad_id,
    title,
    story,
    rung,
    is_anticipated,
    is_verified,
    has_consent,
    is_verified and has_consent as is_publishable,
    case
        when is_both_ways then 'both_ways'
        when learner_role = 'resource' then 'to_resource'
        when learner_role = 'learner' then 'to_learner'
        when learner_role in ('peer', 'convenor') then 'between_peers'
        else 'unknown'
    end as direction
from designated
