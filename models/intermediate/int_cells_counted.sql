-- Answers received, skipped and held, for the current version of every submission.
with

submissions as (

    select * from {{ ref('stg_submissions') }}
    where is_current and not is_deleted

),

responses as (

    select * from {{ ref('stg_responses') }}

),

items as (

    select * from {{ ref('stg_items') }}

),

held as (

    select * from {{ ref('stg_held_rows') }}

),

timed as (

    select * from {{ ref('int_submissions_timed') }}

),

sources as (

    select * from {{ ref('stg_sources') }}

),

partners as (

    select partner_id from {{ ref('stg_partners') }}

),

periods as (

    select period_id from {{ ref('stg_periods') }}

),

received as (

    select
        timed.source,
        timed.partner_id,
        timed.period_id,
        count(*) as n_cells,
        count(*) filter (
            where coalesce(responses.missing_code, '') not in ('not_relevant', 'not_in_version')
        ) as n_relevant,
        count(*) filter (where responses.missing_code = 'skipped') as n_skipped
    from responses
    inner join submissions using (load_id, version_id)
    inner join timed using (source, submission_id)
    inner join items
        on
            responses.instrument_id = items.instrument_id
            and responses.form_version = items.form_version
            and responses.item_id = items.item_id
    -- A select_multiple counts once, however many options were chosen.
    where items.type != 'select_multiple' or responses.option = '__answered'
    group by timed.source, timed.partner_id, timed.period_id

),

-- A held answer knows its submission version; a held row knows what could be resolved of it.
held_checks as (

    select
        held.source,
        coalesce(partners.partner_id, 'unknown') as partner_id,
        coalesce(periods.period_id, 'unknown') as period_id,
        count(*) as n_checks_failed,
        count(distinct held.row_id) filter (where held.table_name = 'src_response') as n_cells_held
    from held
    -- The table inside the key: as a condition of its own it makes DuckDB compare every held row with every submission.
    left join submissions
        on
            case when held.table_name = 'src_response' then held.load_id end = submissions.load_id
            and held.version_id = submissions.version_id
    left join sources on held.source = sources.source
    left join partners on coalesce(sources.partner_id, submissions.partner_id, held.partner_id) = partners.partner_id
    left join periods on coalesce(submissions.period_id, held.period_id) = periods.period_id
    where held.severity = 'error'
    group by all

)

select
    source,
    partner_id,
    period_id,
    coalesce(received.n_cells, 0) as n_cells,
    coalesce(received.n_relevant, 0) as n_relevant,
    coalesce(received.n_skipped, 0) as n_skipped,
    coalesce(held_checks.n_checks_failed, 0) as n_checks_failed,
    coalesce(held_checks.n_cells_held, 0) as n_cells_held
from received
full join held_checks using (source, partner_id, period_id)
