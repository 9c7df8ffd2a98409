-- Rows about the data by which people could be counted who are hidden among cells that add up: their forms and rows.
-- The forms of a partner's people are those of all its sides, and the forms of all partners the people of all roles:
-- with one hidden, or agreed for fewer, they go too.
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

form_sources as (

    select distinct
        items.kind,
        submissions.source
    from {{ ref('stg_submissions') }} as submissions
    inner join {{ ref('int_items_measured') }} as items using (instrument_id)

),

entry_sources as (

    select distinct source
    from {{ ref('stg_entries') }}

),

sides as (

    select
        health.period_id,
        case health.rater_side when 'A_of_B' then dyads.partner_a when 'B_of_A' then dyads.partner_b end as partner_id,
        case
            when {{ few_apart('health.n_respondents', var('min_n_published')) }} then 'primary'
            else 'complementary'
        end as hidden_because
    from {{ ref('mart_partnership_health') }} as health
    inner join {{ ref('dim_dyad') }} as dyads using (dyad_id)
    where
        {{ too_few('health.n_respondents', var('min_n_published')) }}
        or {{ audience_rank('dyads.publish_level') }}
        < {{ audience_rank("'" ~ var('publish_level_partner') ~ "'") }}

),

-- What the forms of all partners add up to: all roles, of which one is small, or all events, together hidden.
wholes_hidden as (

    select
        'expectation' as kind,
        period_id
    from {{ ref('int_expectations_aggregated') }}
    where {{ too_few('n', var('min_n_published')) }}
    union
    select
        'feedback' as kind,
        unit as period_id
    from {{ ref('int_cells_hidden') }}
    where family = 'feedback' and cell = 'all'

),

instruments as (

    select distinct
        source,
        instrument_id
    from {{ ref('stg_submissions') }}

),

-- A score rests on the forms of all sources of its instrument: less the others, those of a small one.
counted as (

    select
        quality.partner_id,
        quality.source,
        quality.period_id,
        instruments.instrument_id,
        {{ few_apart('quality.submissions', var('min_n_published')) }} as is_small
    from {{ ref('mart_data_quality') }} as quality
    inner join instruments using (source)
    where quality.submissions > 0

),

beside_small as (

    select
        *,
        bool_or(is_small) over (partition by partner_id, period_id, instrument_id) as has_small
    from counted

),

-- A wave of needs hides its period; the checklist at joining has no period, and hides all.
rows_hidden as (

    select
        hidden.partner_id,
        form_sources.source,
        hidden.unit as period_id,
        hidden.hidden_because
    from hidden
    inner join form_sources on form_sources.kind = 'need'
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
    union all
    select
        sides.partner_id,
        form_sources.source,
        sides.period_id,
        sides.hidden_because
    from sides
    inner join form_sources on form_sources.kind = 'health_dimension'
    where sides.partner_id is not null
    union all
    select
        quality.partner_id,
        quality.source,
        quality.period_id,
        'complementary' as hidden_because
    from {{ ref('mart_data_quality') }} as quality
    inner join form_sources using (source)
    inner join wholes_hidden using (kind, period_id)
    where quality.submissions > 0
    union all
    select
        partner_id,
        source,
        period_id,
        'complementary' as hidden_because
    from beside_small
    where has_small and not is_small

)

select
    partner_id,
    source,
    period_id,
    max(hidden_because) as hidden_because
from rows_hidden
group by partner_id, source, period_id
