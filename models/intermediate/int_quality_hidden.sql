-- Rows about the data by which people could be counted who are hidden among cells that add up: their forms and rows.
with

hidden as (

    select
        family,
        unit,
        regexp_replace(cell, '^partner ', '') as partner_id,
        hidden_because
    from {{ ref('int_cells_hidden') }}
    where starts_with(cell, 'partner ')

),

needs_sources as (

    select distinct submissions.source
    from {{ ref('stg_submissions') }} as submissions
    inner join {{ ref('int_items_measured') }} as items using (instrument_id)
    where items.kind = 'need'

),

entry_sources as (

    select distinct source
    from {{ ref('stg_entries') }}

),

-- A wave of needs hides its period; the checklist at joining has no period, and hides all.
rows_hidden as (

    select
        hidden.partner_id,
        needs_sources.source,
        hidden.unit as period_id,
        hidden.hidden_because
    from hidden
    cross join needs_sources
    where hidden.family = 'needs'
    union all
    select
        hidden.partner_id,
        entry_sources.source,
        periods.period_id,
        hidden.hidden_because
    from hidden
    cross join entry_sources
    cross join {{ ref('stg_periods') }} as periods
    where hidden.family = 'entries'

)

select
    partner_id,
    source,
    period_id,
    max(hidden_because) as hidden_because
from rows_hidden
group by partner_id, source, period_id
