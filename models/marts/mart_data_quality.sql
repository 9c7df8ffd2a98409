with

counted as (

    select * from {{ ref('int_quality_estimated') }}

)

select
    partner_id,
    source,
    period_id,
    rows_received,
    rows_held,
    cells_held,
    submissions,
    versions,
    duplicates,
    quarantined,
    expected,
    received,
    cast(received as double) / nullif(expected, 0) as completeness,
    cast(n_on_time as double) / nullif(n_dated, 0) as on_time_share,
    on_time_ci_low,
    on_time_ci_high,
    median_lag_days,
    100.0 * cast(n_checks_failed as double) / nullif(n_cells + cells_held, 0) as checks_failed_per_100_cells,
    cast(n_skipped as double) / nullif(n_relevant, 0) as item_missing_rate,
    cast(n_edited as double) / nullif(submissions, 0) as edit_rate,
    cast(n_short as double) / nullif(n_timed, 0) as short_duration_share,
    cast(n_straight as double) / nullif(n_grids, 0) as straightline_share,
    unresolved_names,
    unmapped_columns,
    loops_dropped,
    rows_without_dyad,
    encoding_detected,
    {{ stamp('F8,F39') }}
from counted
order by partner_id, source, period_id
