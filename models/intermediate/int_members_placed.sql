-- Who was a member when a period began, when it ended, and at any time between.
with

periods as (

    select
        period_id,
        starts_on,
        ends_on,
        ordinal = min(ordinal) over () as is_first
    from {{ ref('stg_periods') }}
    where starts_on <= cast('{{ var("as_of") }}' as date)

),

spells as (

    select * from {{ ref('int_spells_merged') }}

)

select
    spells.entity_kind,
    spells.grouped_by,
    spells.member_id,
    periods.period_id,
    -- Who is there on the calendar's first day has founded the alliance.
    bool_or(
        spells.joined_on < periods.starts_on or (periods.is_first and spells.joined_on = periods.starts_on)
    ) as is_at_start,
    bool_or(spells.left_on > periods.ends_on) as is_at_end,
    arg_max(spells.successor_id, spells.left_on) as successor_id,
    arg_max(spells.reason, spells.left_on) as reason
from spells
inner join periods on spells.joined_on <= periods.ends_on and spells.left_on >= periods.starts_on
group by spells.entity_kind, spells.grouped_by, spells.member_id, periods.period_id
