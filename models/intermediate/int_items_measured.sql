-- The items that say something about a construct, with the construct under one name whatever its kind.
with

items as (

    select * from {{ ref('stg_items') }}

),

-- What can be chosen: the codes that score, and how far scores spread when every option is chosen as often.
scales as (

    select
        instrument_id,
        form_version,
        list,
        string_agg(code || '=' || score, ' ' order by score, code) as options,
        var_pop(score) as spread
    from {{ ref('stg_choices') }}
    where score is not null
    group by instrument_id, form_version, list

),

measured as (

    select
        items.instrument_id,
        items.form_version,
        items.item_id,
        items.stable_item_key,
        items.list,
        case
            when items.capability is not null then 'capability'
            when items.health_dimension is not null then 'health_dimension'
            when items.expectation is not null then 'expectation'
            when items.need is not null then 'need'
            else 'feedback'
        end as kind,
        coalesce(
            items.capability, items.health_dimension, items.expectation, items.need, items.feedback
        ) as construct_id,
        case when items.capability is not null then items.level end as level,
        items.rater,
        items.repeat_path != '' as is_repeated,
        items.range_min,
        items.range_max,
        items.is_reverse,
        -- F16: the variance of answers at random, (A² - 1)/12 for options 1…A, on the scale of points.
        10000.0 * case
            when items.type = 'select_one' then scales.spread
            when items.type = 'decimal' then (items.range_max - items.range_min) ** 2 / 12
            else ((items.range_max - items.range_min + 1) ** 2 - 1) / 12
        end / nullif(items.range_max - items.range_min, 0) ** 2 as random_variance,
        -- Two versions of an item are compared only when this is the same: the series, and what an answer is worth.
        concat_ws(
            ' ',
            items.series_id,
            items.range_min,
            items.range_max,
            case when items.is_reverse then 'reversed' end,
            scales.options
        ) as scale
    from items
    left join scales using (instrument_id, form_version, list)
    where
        items.type in ('select_one', 'integer', 'decimal', 'range')
        and (
            (items.capability is not null and items.level is not null)
            or items.health_dimension is not null
            or items.expectation is not null
            or (items.need is not null and items.rater in ('importance', 'current'))
            or items.feedback is not null
        )

)

select * from measured
