-- Each wave of a capability series beside the next one, and the first beside each; may the two be compared.
with

periods as (

    select * from {{ ref('stg_periods') }}

),

waves as (

    select
        cells.cell_id,
        cells.subject_id,
        cells.construct_id,
        cells.level,
        cells.rater,
        cells.period_id,
        cells.n_respondents,
        cells.n_positive,
        cells.score,
        cells.sd,
        cells.items,
        cells.scales,
        periods.ordinal,
        periods.framework_version,
        periods.min_answered,
        periods.positive_from,
        periods.change_points
    from {{ ref('int_scores_aggregated') }} as cells
    inner join periods using (period_id)
    where cells.kind = 'capability'

),

ordered as (

    select
        *,
        lead(cell_id) over series as next_id,
        first_value(cell_id) over series as first_id,
        last_value(cell_id) over (
            partition by subject_id, construct_id, level, rater
            order by ordinal
            rows between unbounded preceding and unbounded following
        ) as last_id
    from waves
    window series as (partition by subject_id, construct_id, level, rater order by ordinal)

),

steps as (

    select
        cell_id as cell_from,
        next_id as cell_to
    from ordered
    where next_id is not null
    union
    select
        first_id as cell_from,
        cell_id as cell_to
    from ordered
    where first_id != cell_id

),

compared as (

    select
        before.cell_id as cell_from,
        after.cell_id as cell_to,
        before.subject_id,
        before.construct_id,
        before.level,
        before.rater,
        before.period_id as period_from,
        after.period_id as period_to,
        before.next_id = after.cell_id as is_consecutive,
        before.cell_id = before.first_id and after.cell_id = before.last_id as is_first_to_latest,
        before.n_respondents as n_from,
        after.n_respondents as n_to,
        -- Counted from the same threshold, or not compared.
        case when before.positive_from = after.positive_from then before.n_positive end as positive_from_count,
        case when before.positive_from = after.positive_from then after.n_positive end as positive_to_count,
        before.score as score_from,
        after.score as score_to,
        before.sd as sd_from,
        after.sd as sd_to,
        before.framework_version as framework_version_from,
        after.framework_version as framework_version_to,
        before.min_answered as min_answered_from,
        after.min_answered as min_answered_to,
        after.change_points as delta_min,
        before.items as items_from,
        after.items as items_to,
        before.scales as scales_from,
        after.scales as scales_to
    from steps
    inner join ordered as before on steps.cell_from = before.cell_id
    inner join ordered as after on steps.cell_to = after.cell_id

),

differing as (

    select
        *,
        list_filter(items_to, lambda item: not list_contains(items_from, item)) as items_added,
        list_filter(items_from, lambda item: not list_contains(items_to, item)) as items_dropped,
        -- The same item with another range, other options or turned round starts a new series.
        list_filter(scales_to, lambda scale: not list_contains(scales_from, scale)) as scales_new,
        list_filter(scales_from, lambda scale: not list_contains(scales_to, scale)) as scales_old
    from compared

),

judged as (

    select
        *,
        list_sort(list_distinct(list_filter(
            list_transform(list_concat(scales_new, scales_old), lambda scale: split_part(scale, ' ', 1)),
            lambda item: not list_contains(items_added, item) and not list_contains(items_dropped, item)
        ))) as items_changed,
        len(scales_new) = 0 and len(scales_old) = 0 and min_answered_from = min_answered_to as comparable
    from differing

)

select
    * exclude (
        items_from, items_to, scales_from, scales_to,
        items_added, items_dropped, items_changed, scales_new, scales_old, min_answered_from, min_answered_to
    ),
    nullif(concat_ws(
        '; ',
        case when len(items_added) > 0 then 'items added: ' || array_to_string(items_added, ', ') end,
        case when len(items_dropped) > 0 then 'items dropped: ' || array_to_string(items_dropped, ', ') end,
        case
            when len(items_changed) > 0
                then 'range, options or direction changed: ' || array_to_string(items_changed, ', ')
        end,
        case
            when min_answered_from != min_answered_to
                then
                    'share of items a person must answer changed from ' || min_answered_from
                    || ' to ' || min_answered_to
        end,
        case
            when framework_version_from != framework_version_to
                then 'framework changed from version ' || framework_version_from || ' to ' || framework_version_to
        end
    ), '') as comparable_reason
from judged
