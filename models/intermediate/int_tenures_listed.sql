-- How long each spell had lasted by the end of a period, or by the date of the figures.
with

periods as (

    select
        period_id,
        least(ends_on, cast('{{ var("as_of") }}' as date)) as seen_until
    from {{ ref('stg_periods') }}
    where starts_on <= cast('{{ var("as_of") }}' as date)

)

select
    spells.entity_kind,
    spells.grouped_by,
    periods.period_id,
    date_diff('day', spells.joined_on, least(spells.left_on, periods.seen_until)) + 1 as n_days,
    spells.left_on <= periods.seen_until as has_left
from {{ ref('int_spells_merged') }} as spells
inner join periods on spells.joined_on <= periods.seen_until
