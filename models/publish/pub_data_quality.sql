-- Rows of files are counted for everybody, but not where a handful of respondents could be counted by them, nor where
-- somebody is hidden among cells that add up and could be worked out from them.
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
    is_suppressed,
    {{ hidden_reason(var('min_n_published')) }},
    '{{ var("publish_level_partner") }}' as publish_level,
    formula_id,
    config_hash,
    as_of,
    load_id
from marked
order by partner_id, source, period_id
