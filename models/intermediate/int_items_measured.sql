-- The items that say something about a construct, with the construct under one name whatever its kind.
with

items as (

    select * from {{ ref('stg_items') }}

),

measured as (

    select
        instrument_id,
        form_version,
        item_id,
        stable_item_key,
        list,
        case when capability is not null then 'capability' else 'health_dimension' end as kind,
        coalesce(capability, health_dimension) as construct_id,
        case when capability is not null then level end as level,
        rater,
        repeat_path != '' as is_repeated,
        range_min,
        range_max,
        is_reverse
    from items
    where
        type in ('select_one', 'integer', 'decimal', 'range')
        and ((capability is not null and level is not null) or health_dimension is not null)

)

select * from measured
