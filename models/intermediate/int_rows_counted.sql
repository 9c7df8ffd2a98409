-- Every row a file held - a submission, an exchange, a result, a register line - once, with its partner and period.
with

submissions as (

    select * from {{ ref('stg_submissions') }}

),

exchanges as (

    select * from {{ ref('stg_exchanges') }}

),

results as (

    select * from {{ ref('stg_results') }}

),

registers as (

    select * from {{ ref('int_registers_listed') }}

),

held as (

    select * from {{ ref('stg_held_rows') }}
    where table_name != 'src_response'

),

loads as (

    select * from {{ ref('stg_loads') }}

),

dyads as (

    select * from {{ ref('stg_dyads') }}

),

partners as (

    select partner_id from {{ ref('stg_partners') }}

),

periods as (

    select period_id from {{ ref('stg_periods') }}

),

sources as (

    select * from {{ ref('stg_sources') }}

),

-- The two partners a row is about; empty where it is about one partner.
about_pairs as (

    select
        row_id,
        about_partner_id as one,
        coalesce(about_partner_2_id, partner_id) as other
    from submissions
    where is_current and not is_deleted
    union all
    select
        row_id,
        from_partner_id as one,
        to_partner_id as other
    from exchanges
    where is_current and from_partner_id != to_partner_id

),

without_dyad as (

    select about_pairs.row_id
    from about_pairs
    left join dyads
        on
            least(about_pairs.one, about_pairs.other) = dyads.partner_a
            and greatest(about_pairs.one, about_pairs.other) = dyads.partner_b
    where about_pairs.one is not null and about_pairs.other is not null and dyads.dyad_id is null

),

loaded as (

    select
        source,
        load_id,
        row_id,
        partner_id,
        period_id,
        0 as n_loops
    from submissions
    union all
    select
        exchanges.source,
        exchanges.load_id,
        exchanges.row_id,
        coalesce(reporters.partner_id, exchanges.from_partner_id) as partner_id,
        exchanges.period_id,
        cast(exchanges.is_current and exchanges.from_partner_id = exchanges.to_partner_id as integer) as n_loops
    from exchanges
    left join partners as reporters on exchanges.reported_by = reporters.partner_id
    union all
    select
        source,
        load_id,
        row_id,
        partner_id,
        period_id,
        0 as n_loops
    from results
    union all
    select
        source,
        load_id,
        row_id,
        partner_id,
        period_id,
        0 as n_loops
    from registers

),

file_rows as (

    select
        loaded.source,
        loaded.load_id,
        loaded.partner_id,
        loaded.period_id,
        1 as n_rows,
        0 as n_held,
        0 as n_held_submissions,
        loaded.n_loops,
        cast(without_dyad.row_id is not null as integer) as n_without_dyad
    from loaded
    left join without_dyad using (row_id)
    union all
    select
        source,
        load_id,
        any_value(partner_id) as partner_id,
        any_value(period_id) as period_id,
        1 as n_rows,
        1 as n_held,
        cast(any_value(table_name) = 'src_submission' as integer) as n_held_submissions,
        0 as n_loops,
        0 as n_without_dyad
    from held
    group by source, load_id, row_id

),

-- What was read but is neither loaded nor held (duplicates, totals rows) belongs to no partner in particular.
rest as (

    select
        loads.source,
        loads.load_id,
        greatest(any_value(loads.count_rows_read) - count(file_rows.n_rows), 0) as n_rows,
        any_value(loads.count_rows_duplicate) as n_duplicates
    from loads
    left join file_rows using (source, load_id)
    where loads.state = 'loaded'
    group by loads.source, loads.load_id
    having n_rows > 0 or n_duplicates > 0

),

counted as (

    select * from file_rows
    union all by name
    select * from rest

)

select
    counted.source,
    counted.load_id,
    coalesce(partners.partner_id, 'unknown') as partner_id,
    coalesce(periods.period_id, 'unknown') as period_id,
    counted.n_rows,
    coalesce(counted.n_held, 0) as n_held,
    coalesce(counted.n_held_submissions, 0) as n_held_submissions,
    coalesce(counted.n_duplicates, 0) as n_duplicates,
    coalesce(counted.n_loops, 0) as n_loops,
    coalesce(counted.n_without_dyad, 0) as n_without_dyad
from counted
left join sources using (source)
left join partners on coalesce(sources.partner_id, counted.partner_id) = partners.partner_id
left join periods on counted.period_id = periods.period_id
