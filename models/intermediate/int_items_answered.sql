-- Each person's points on each item (F1), for the people whose score counts.
with

submitted as (

    select * from {{ ref('int_submissions_scored') }}

),

persons as (

    select * from {{ ref('int_persons_scored') }}

),

answers as (

    select * from {{ ref('int_answers_scored') }}
    where score is not null

),

items as (

    select * from {{ ref('int_items_measured') }}

)

select
    persons.cell_id,
    persons.respondent_id,
    items.stable_item_key as item,
    round(avg(answers.score), 10) as score,
    min(items.random_variance) as random_variance
from submitted
inner join persons
    on
        submitted.kind = persons.kind
        and submitted.subject_id = persons.subject_id
        and submitted.construct_id = persons.construct_id
        and submitted.level is not distinct from persons.level
        and submitted.rater = persons.rater
        and submitted.period_id = persons.period_id
        and submitted.respondent_id = persons.respondent_id
inner join answers
    on submitted.load_id = answers.load_id and submitted.version_id = answers.version_id
inner join items
    on
        answers.instrument_id = items.instrument_id
        and answers.form_version = items.form_version
        and answers.item_id = items.item_id
        and submitted.construct_id = items.construct_id
        and submitted.item_rater = items.rater
        and submitted.level is not distinct from items.level
group by persons.cell_id, persons.respondent_id, items.stable_item_key
