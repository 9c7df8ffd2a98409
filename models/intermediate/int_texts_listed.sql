-- What people wrote in their own words and may be coded. The id is made of the text too: whoever edits it makes another
-- text, which is coded anew. Personal items, roles and answers without consent are no texts.
with

answers as (

    select * from {{ ref('stg_responses') }}
    where missing_code is null and nullif(trim(code), '') is not null

),

submissions as (

    select * from {{ ref('stg_submissions') }}
    where is_current and not is_deleted and has_consent and period_id is not null

),

items as (

    select * from {{ ref('stg_items') }}
    where type = 'text' and not is_personal and role is null

),

stories as (

    select * from {{ ref('int_stories_directed') }}

),

answered as (

    select
        left(
            sha256(concat_ws('|', submissions.submission_id, answers.repeat_path, answers.item_id, answers.code)), 16
        ) as text_id,
        items.instrument_id || '/' || items.stable_item_key as question_id,
        submissions.period_id,
        submissions.respondent_id as teller_id,
        answers.code as words,
        items.label as question,
        submissions.is_asked_consent as may_be_quoted
    from answers
    inner join submissions using (version_id)
    inner join items
        on
            answers.instrument_id = items.instrument_id
            and answers.form_version = items.form_version
            and answers.item_id = items.item_id

),

told as (

    select
        left(sha256(concat_ws('|', 'story', story_id, story)), 16) as text_id,
        'story' as question_id,
        period_id,
        coalesce(teller_id, learner_partner_id) as teller_id,
        story as words,
        cast(null as varchar) as question,
        is_publishable as may_be_quoted
    from stories
    where nullif(trim(story), '') is not null

),

texts as (

    select * from answered
    union all
    select * from told

)

select
    text_id,
    any_value(question_id) as question_id,
    any_value(period_id) as period_id,
    any_value(teller_id) as teller_id,
    any_value(words) as words,
    any_value(question) as question,
    bool_and(may_be_quoted) as may_be_quoted
from texts
group by text_id
