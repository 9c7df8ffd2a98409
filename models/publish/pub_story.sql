-- A story names two organisations: without consent and verification nothing of it goes out, not even that it is there;
-- and it goes no further than the two agreed.
with

stories as (

    select * from {{ ref('mart_story') }}
    where is_publishable

),

dyads as (

    select
        partner_a,
        partner_b,
        {{ audience_rank('publish_level') }} as audience
    from {{ ref('dim_dyad') }}

)

select
    stories.* exclude (formula_id, config_hash, as_of, load_id),
    false as is_suppressed,
    cast(null as varchar) as n_suppressed_reason,
    {{ narrower_of_pair('dyads.audience') }} as publish_level,
    stories.formula_id,
    stories.config_hash,
    stories.as_of,
    stories.load_id
from stories
left join dyads
    on
        least(stories.learner_partner_id, stories.source_partner_id) = dyads.partner_a
        and greatest(stories.learner_partner_id, stories.source_partner_id) = dyads.partner_b
order by stories.story_id
