-- Rows of files are counted for everybody, but not where a handful of respondents could be counted by them.
with

quality as (

    select
        *,
        submissions > 0 and {{ too_few('submissions', var('min_n_published')) }} as is_suppressed
    from {{ ref('mart_data_quality') }}

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
    {{ suppressed_reason(var('min_n_published')) }},
    '{{ var("publish_level_partner") }}' as publish_level,
    formula_id,
    config_hash,
    as_of,
    load_id
from quality
order by partner_id, source, period_id
