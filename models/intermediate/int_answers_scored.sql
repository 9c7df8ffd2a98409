-- What each person answered to each item that measures something, as points (F1).
with

submissions as (

    select
        load_id,
        version_id
    from {{ ref('stg_submissions') }}
    where is_current and not is_deleted and has_consent

),

items as (

    select * from {{ ref('int_items_measured') }}

),

responses as (

    select * from {{ ref('stg_responses') }}

),

choices as (

    select * from {{ ref('stg_choices') }}

),

scored as (

    select
        responses.load_id,
        responses.version_id,
        responses.instrument_id,
        responses.form_version,
        responses.item_id,
        items.is_repeated,
        coalesce(responses.missing_code, choices.missing_code) as missing_code,
        case
            when coalesce(responses.missing_code, choices.missing_code) is null
                then {{ item_score('coalesce(choices.score, responses.value_num)',
                                   'items.range_min', 'items.range_max', 'items.is_reverse') }}
        end as score
    from responses
    inner join items using (instrument_id, form_version, item_id)
    inner join submissions using (load_id, version_id)
    left join choices
        on
            items.instrument_id = choices.instrument_id
            and items.form_version = choices.form_version
            and items.list = choices.list
            and responses.code = choices.code

),

-- An item in a repeat is answered several times by one person: its score is the mean of those answers.
once as (

    select * from scored
    where not is_repeated
    union all
    select
        load_id,
        version_id,
        instrument_id,
        form_version,
        item_id,
        is_repeated,
        max(missing_code) as missing_code,
        round(avg(score), 10) as score
    from scored
    where is_repeated
    group by load_id, version_id, instrument_id, form_version, item_id, is_repeated

)

select
    load_id,
    version_id,
    instrument_id,
    form_version,
    item_id,
    is_repeated,
    score,
    score is null
    and coalesce(missing_code, '') in ('not_relevant', 'dont_know', 'refused', 'not_in_version') as is_left_out
from once
