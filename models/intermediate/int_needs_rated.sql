-- What each person said of each topic, in points (F1): how important it is, how far along they are, what is missing.
with

submissions as (

    select * from {{ ref('int_needs_answered') }}

),

items as (

    select * from {{ ref('int_items_measured') }}
    where kind = 'need'

),

responses as (

    select * from {{ ref('stg_responses') }}

),

choices as (

    select * from {{ ref('stg_choices') }}

),

scored as (

    select
        submissions.period_id,
        submissions.frozen_on,
        submissions.partner_id,
        submissions.respondent_id,
        items.construct_id as topic,
        items.rater as side,
        {{ item_score('coalesce(choices.score, responses.value_num)',
                      'items.range_min', 'items.range_max', 'items.is_reverse') }} as score
    from responses
    inner join submissions using (load_id, version_id, instrument_id)
    inner join items using (instrument_id, form_version, item_id)
    left join choices
        on
            items.instrument_id = choices.instrument_id
            and items.form_version = choices.form_version
            and items.list = choices.list
            and responses.code = choices.code
    where responses.missing_code is null and choices.missing_code is null

),

-- Somebody who filled the form twice in a wave has one voice.
persons as (

    select
        period_id,
        frozen_on,
        partner_id,
        respondent_id,
        topic,
        round(avg(score) filter (where side = 'importance'), 9) as importance,
        round(avg(score) filter (where side = 'current'), 9) as current
    from scored
    where score is not null
    group by all

)

select
    persons.*,
    partners.country,
    round(persons.importance - persons.current, 9) as gap
from persons
left join {{ ref('stg_partners') }} as partners using (partner_id)
-- A gap needs both of its sides from the same person.
where persons.importance is not null and persons.current is not null
