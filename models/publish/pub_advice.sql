-- What organisations tell each other is not about people; it goes as far as a partner's own figures, and where it names
-- a pair no further than the pair agreed.
with

advice as (

    select * from {{ ref('mart_advice') }}

),

given as (

    select
        source,
        advice_id,
        partner_id,
        unnest(string_split(given_by, ', ')) as giver_id
    from advice

),

pairs as (

    select
        given.source,
        given.advice_id,
        given.partner_id,
        min({{ audience_rank('dyads.publish_level') }}) as audience
    from given
    inner join {{ ref('dim_dyad') }} as dyads
        on
            least(given.partner_id, given.giver_id) = dyads.partner_a
            and greatest(given.partner_id, given.giver_id) = dyads.partner_b
    group by given.source, given.advice_id, given.partner_id

)

select
    advice.source,
    advice.advice_id,
    advice.partner_id,
    advice.period_id,
    advice.given_by,
    advice.topic,
    advice.first_given_on,
    advice.times_given,
    advice.times_given_in_all,
    advice.accepted_on,
    advice.accepted_after,
    advice.is_accepted,
    advice.n_days,
    false as is_suppressed,
    cast(null as varchar) as n_suppressed_reason,
    {{ narrower_of_pair('pairs.audience') }} as publish_level,
    advice.formula_id,
    advice.config_hash,
    advice.as_of,
    advice.load_id
from advice
left join pairs using (source, advice_id, partner_id)
order by advice.source, advice.advice_id, advice.partner_id
