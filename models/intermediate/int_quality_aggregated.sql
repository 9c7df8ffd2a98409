-- Everything counted about the data, on one grain.
with

file_rows as (

    select * from {{ ref('int_rows_counted') }}

),

loads as (

    select * from {{ ref('stg_loads') }}

),

submissions as (

    select * from {{ ref('int_submissions_timed') }}

),

cells as (

    select * from {{ ref('int_cells_counted') }}

),

names as (

    select * from {{ ref('int_names_counted') }}

),

plausibility as (

    select * from {{ ref('stg_plausibility') }}

),

sources as (

    select * from {{ ref('stg_sources') }}

),

invitations as (

    select * from {{ ref('stg_invitations') }}

),

row_counts as (

    select
        partner_id,
        source,
        period_id,
        cast(sum(n_rows) as bigint) as rows_received,
        cast(sum(n_held) as bigint) as rows_held,
        cast(sum(n_held_submissions) as bigint) as quarantined,
        cast(sum(n_duplicates) as bigint) as duplicates,
        cast(sum(n_loops) as bigint) as loops_dropped,
        cast(sum(n_without_dyad) as bigint) as rows_without_dyad
    from file_rows
    group by partner_id, source, period_id

),

files as (

    select
        file_rows.partner_id,
        file_rows.source,
        file_rows.period_id,
        string_agg(distinct loads.encoding, ', ' order by loads.encoding) as encoding_detected,
        len(list_distinct(flatten(list(coalesce(loads.unmapped_columns, []))))) as unmapped_columns
    from file_rows
    inner join loads using (load_id)
    group by file_rows.partner_id, file_rows.source, file_rows.period_id

),

submission_counts as (

    select
        partner_id,
        source,
        period_id,
        count(*) as submissions,
        cast(sum(n_versions) as bigint) as versions,
        count(*) filter (where n_versions > 1) as n_edited,
        count(is_on_time) as n_dated,
        count(*) filter (where is_on_time) as n_on_time,
        median(lag_days) as median_lag_days
    from submissions
    group by partner_id, source, period_id

),

judged as (

    select
        submissions.partner_id,
        submissions.source,
        submissions.period_id,
        count(plausibility.is_short) as n_timed,
        count(*) filter (where plausibility.is_short) as n_short,
        count(plausibility.is_straight) as n_grids,
        count(*) filter (where plausibility.is_straight) as n_straight,
        count(coalesce(
            plausibility.is_short, plausibility.is_straight, plausibility.is_copy, plausibility.is_outlying,
            plausibility.is_leap
        )) as n_judged,
        count(*) filter (
            where plausibility.is_short or plausibility.is_straight or plausibility.is_copy
            or plausibility.is_outlying or plausibility.is_leap
        ) as n_doubtful
    from submissions
    inner join plausibility using (source, submission_id)
    group by submissions.partner_id, submissions.source, submissions.period_id

),

-- How many were asked is known by instrument; where several sources bring one, nobody knows whose answer is missing.
asking as (

    select
        instrument_id,
        min(source) as source
    from sources
    where instrument_id is not null
    group by instrument_id
    having count(*) = 1

),

asked as (

    select
        invitations.partner_id,
        asking.source,
        invitations.period_id,
        cast(sum(invitations.n_invited) as bigint) as expected
    from invitations
    inner join asking using (instrument_id)
    group by invitations.partner_id, asking.source, invitations.period_id

),

grains as (

    select
        partner_id,
        source,
        period_id
    from row_counts
    union
    select
        partner_id,
        source,
        period_id
    from submission_counts
    union
    select
        partner_id,
        source,
        period_id
    from cells
    union
    -- Who was asked and sent nothing has a row as well.
    select
        partner_id,
        source,
        period_id
    from asked
    union
    -- A name nobody knows belongs to no partner.
    select
        'unknown' as partner_id,
        source,
        'unknown' as period_id
    from names

)

select
    grains.partner_id,
    grains.source,
    grains.period_id,
    coalesce(row_counts.rows_received, 0) as rows_received,
    coalesce(row_counts.rows_held, 0) as rows_held,
    coalesce(row_counts.quarantined, 0) as quarantined,
    coalesce(row_counts.duplicates, 0) as duplicates,
    coalesce(row_counts.loops_dropped, 0) as loops_dropped,
    coalesce(row_counts.rows_without_dyad, 0) as rows_without_dyad,
    coalesce(submission_counts.submissions, 0) as submissions,
    coalesce(submission_counts.versions, 0) as versions,
    coalesce(submission_counts.n_edited, 0) as n_edited,
    coalesce(submission_counts.n_dated, 0) as n_dated,
    coalesce(submission_counts.n_on_time, 0) as n_on_time,
    submission_counts.median_lag_days,
    asked.expected,
    case when asked.expected is not null then coalesce(submission_counts.submissions, 0) end as received,
    coalesce(judged.n_timed, 0) as n_timed,
    coalesce(judged.n_short, 0) as n_short,
    coalesce(judged.n_grids, 0) as n_grids,
    coalesce(judged.n_straight, 0) as n_straight,
    coalesce(judged.n_judged, 0) as n_judged,
    coalesce(judged.n_doubtful, 0) as n_doubtful,
    coalesce(cells.n_cells, 0) as n_cells,
    coalesce(cells.n_relevant, 0) as n_relevant,
    coalesce(cells.n_skipped, 0) as n_skipped,
    coalesce(cells.n_checks_failed, 0) as n_checks_failed,
    coalesce(cells.n_cells_held, 0) as cells_held,
    case
        when grains.partner_id = 'unknown' and grains.period_id = 'unknown' then coalesce(names.n_unresolved_names, 0)
        else 0
    end as unresolved_names,
    cast(coalesce(files.unmapped_columns, 0) as bigint) as unmapped_columns,
    files.encoding_detected
from grains
left join row_counts using (partner_id, source, period_id)
left join submission_counts using (partner_id, source, period_id)
left join cells using (partner_id, source, period_id)
left join files using (partner_id, source, period_id)
left join names using (source)
left join judged using (partner_id, source, period_id)
left join asked using (partner_id, source, period_id)
