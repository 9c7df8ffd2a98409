-- Rows of files are counted for everybody; what is said about a handful of respondents is hidden.
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
    rows_received,
    rows_held,
    cells_held,
    case when not is_suppressed then submissions end as submissions,
    case when not is_suppressed then versions end as versions,
    duplicates,
    quarantined,
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
