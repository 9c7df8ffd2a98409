-- The checklist at joining, each answer in points, alone and as the scale of all its items.
with

answers as (

    select
        partner_id,
        person,
        item,
        avg({{ item_score("score", "scale_min", "scale_max", "is_reverse") }}) as score
    from {{ ref('stg_entries') }}
    where is_current and score is not null and partner_id is not null
    group by partner_id, person, item

),

asked as (

    select count(distinct item) as n_items
    from answers

),

persons as (

    select
        answers.partner_id,
        answers.person,
        'all' as item,
        round(avg(answers.score), 9) as score
    from answers
    cross join asked
    group by answers.partner_id, answers.person, asked.n_items
    having count(*) >= {{ var("min_answered") }} * asked.n_items

),

scored as (

    select * from answers
    union all
    select * from persons

)

select
    'partner' as scope,
    partner_id as scope_id,
    item,
    person,
    partner_id,
    score
from scored
union all
select
    'alliance' as scope,
    'alliance' as scope_id,
    item,
    person,
    partner_id,
    score
from scored
