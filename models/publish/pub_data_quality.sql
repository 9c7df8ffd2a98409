-- Rows of files are counted for everybody, but not where a handful of respondents could be counted by them, nor where
-- somebody is hidden among cells that add up and could be worked out from them. A partner's rows of exchanges, less
-- those of its pairs that are seen, would tell of one that agreed to be seen by fewer: they go no further than that.
-- Rows of registers of persons (the checklist at joining, who keeps the alliance going) are a handful of people of a
-- partner: they stay in the house.
with

quality as (

    select
        mart.*,
        mart.submissions > 0 and {{ too_few('mart.submissions', var('min_n_published')) }} as is_small,
        hidden.hidden_because
    from {{ ref('mart_data_quality') }} as mart
    left join {{ ref('int_quality_hidden') }} as hidden using (partner_id, source, period_id)

),

marked as (

    select
        * exclude (is_small),
        is_small or hidden_because is not null as is_suppressed
    from quality

),

exchange_sources as (

    select distinct source
    from {{ ref('stg_exchanges') }}

),

form_kinds as (

    select
        submissions.source,
        string_agg(distinct items.kind, ', ' order by items.kind) as form_kinds
    from {{ ref('stg_submissions') }} as submissions
    inner join {{ ref('int_items_measured') }} as items using (instrument_id)
    group by submissions.source

),

registers_of_persons as (

    select source from {{ ref('stg_entries') }}
    union
    select source from {{ ref('stg_memberships') }}
    where entity_kind = 'person'

),

sides as (

    select
        unnest([partner_a, partner_b]) as partner_id,
        {{ audience_rank('publish_level') }} as audience
    from {{ ref('dim_dyad') }}

),

narrowest as (

    select
        sides.partner_id,
        exchange_sources.source,
        min(sides.audience) as audience
    from sides
    cross join exchange_sources
    group by sides.partner_id, exchange_sources.source

)

select
    partner_id,
    source,
    period_id,
    {{ shown(["rows_received", "rows_held", "cells_held", "submissions", "versions", "duplicates", "quarantined"]) }},
    {{ shown(quality_values()) }},
    {{ shown(["short_duration_share", "straightline_share"]) }},
    unresolved_names,
    unmapped_columns,
    loops_dropped,
    rows_without_dyad,
    encoding_detected,
    form_kinds.form_kinds,
    is_suppressed,
    {{ hidden_reason(var('min_n_published')) }},
    case
        when registers_of_persons.source is not null then 'internal'
        else {{ narrower_of_pair('narrowest.audience') }}
    end as publish_level,
    formula_id,
    config_hash,
    as_of,
    load_id
from marked
left join narrowest using (partner_id, source)
left join registers_of_persons using (source)
left join form_kinds using (source)
order by partner_id, source, period_id
