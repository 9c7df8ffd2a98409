-- What people of each role expect the work to be for: mean, spread and agreement (F2, F16) by construct.
with

submissions as (

    select * from {{ ref('stg_submissions') }}
    where respondent_role is not null and period_id is not null

),

answers as (

    select * from {{ ref('int_answers_scored') }}
    where score is not null

),

items as (

    select * from {{ ref('int_items_measured') }}
    where kind = 'expectation'

),

-- Somebody who filled the form twice in a period still has one voice.
voices as (

    select
        items.construct_id,
        submissions.respondent_role as role,
        submissions.period_id,
        submissions.respondent_id,
        items.stable_item_key as item,
        round(avg(answers.score), 10) as score,
        min(items.random_variance) as random_variance
    from answers
    inner join items using (instrument_id, form_version, item_id)
    inner join submissions using (load_id, version_id)
    group by all

),

persons as (

    select
        construct_id,
        role,
        period_id,
        respondent_id,
        round(avg(score), 10) as score
    from voices
    group by all

),

agreement as (

    select
        construct_id,
        role,
        period_id,
        item,
        {{ within_group_agreement('var_samp(score)', 'min(random_variance)') }} as rwg
    from voices
    group by construct_id, role, period_id, item
    having count(*) >= 2

),

agreed as (

    select
        construct_id,
        role,
        period_id,
        median(rwg) as rwg
    from agreement
    group by all

),

cells as (

    select
        construct_id,
        role,
        period_id,
        count(*) as n,
        round(avg(score), 9) as score,
        round(stddev_samp(score), 9) as sd
    from persons
    group by all

)

select
    cells.*,
    agreed.rwg
from cells
left join agreed using (construct_id, role, period_id)
