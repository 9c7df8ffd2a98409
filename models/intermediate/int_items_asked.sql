-- What each cell was asked: the items of every form version somebody filled in.
with

submitted as (

    select distinct
        kind,
        subject_id,
        construct_id,
        level,
        rater,
        period_id,
        instrument_id,
        form_version,
        item_rater
    from {{ ref('int_submissions_scored') }}

),

items as (

    select * from {{ ref('int_items_measured') }}

)

select
    submitted.kind,
    submitted.subject_id,
    submitted.construct_id,
    submitted.level,
    submitted.rater,
    submitted.period_id,
    list_sort(list_distinct(list(items.stable_item_key))) as items,
    list_sort(list_distinct(list(items.stable_item_key || ' ' || items.scale))) as scales
from submitted
inner join items
    on
        submitted.instrument_id = items.instrument_id
        and submitted.form_version = items.form_version
        and submitted.construct_id = items.construct_id
        and submitted.item_rater = items.rater
        and submitted.level is not distinct from items.level
group by all
