-- What participants said after each event: who agrees (F7), who would recommend it (F14); each person once per event.
with

submissions as (

    select * from {{ ref('stg_submissions') }}
    where is_current and not is_deleted and has_consent and period_id is not null

),

roles as (

    select
        instrument_id,
        form_version,
        item_id,
        role,
        range_min,
        range_max
    from {{ ref('stg_items') }}
    where role in ('event', 'recommend')

),

said as (

    select
        responses.load_id,
        responses.version_id,
        roles.role,
        responses.code,
        -- 0-10, whatever the form's own range
        10 * (responses.value_num - roles.range_min) / nullif(roles.range_max - roles.range_min, 0) as points
    from {{ ref('stg_responses') }} as responses
    inner join roles using (instrument_id, form_version, item_id)
    where responses.missing_code is null

),

events as (

    select * from {{ ref('stg_events') }}
    where is_current

),

forms as (

    select
        submissions.load_id,
        submissions.version_id,
        submissions.respondent_id,
        trim(said.code) as event_id,
        coalesce(events.period_id, submissions.period_id) as period_id
    from submissions
    inner join said on submissions.load_id = said.load_id and submissions.version_id = said.version_id
    left join events on trim(said.code) = events.event_id
    where said.role = 'event' and said.code is not null

),

recommended as (

    select
        forms.event_id,
        forms.period_id,
        'recommend' as item,
        forms.respondent_id,
        avg(said.points) as score
    from forms
    inner join said on forms.load_id = said.load_id and forms.version_id = said.version_id
    where said.role = 'recommend' and said.points is not null
    group by all

),

rated as (

    select
        forms.event_id,
        forms.period_id,
        items.construct_id as item,
        forms.respondent_id,
        round(avg(answers.score), 9) as score
    from forms
    inner join {{ ref('int_answers_scored') }} as answers
        on forms.load_id = answers.load_id and forms.version_id = answers.version_id
    inner join {{ ref('int_items_measured') }} as items
        on
            answers.instrument_id = items.instrument_id
            and answers.form_version = items.form_version
            and answers.item_id = items.item_id
    where items.kind = 'feedback' and answers.score is not null
    group by all

),

persons as (

    select * from recommended
    union all
    select * from rated

),

counted as (

    select
        coalesce(persons.event_id, 'all') as event_id,
        persons.period_id,
        persons.item,
        count(*) as n_respondents,
        case when persons.item != 'recommend' then count(*) filter (where persons.score >= periods.positive_from) end
            as n_agree,
        case when persons.item = 'recommend' then count(*) filter (where persons.score >= 9) end as n_promoters,
        case when persons.item = 'recommend' then count(*) filter (where persons.score <= 6) end as n_detractors
    from persons
    inner join {{ ref('stg_periods') }} as periods using (period_id)
    group by grouping sets (
        (persons.event_id, persons.period_id, persons.item), (persons.period_id, persons.item)
    )

)

select * from counted
