-- Partner names in the files that the registry and its aliases do not know.
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

held as (

    select * from {{ ref('stg_held_rows') }}

),

names as (

    select
        source,
        partner_raw as raw_name,
        partner_id
    from submissions
    union all
    select
        source,
        about_partner_raw as raw_name,
        about_partner_id as partner_id
    from submissions
    union all
    select
        source,
        about_partner_2_raw as raw_name,
        about_partner_2_id as partner_id
    from submissions
    union all
    select
        source,
        from_partner_raw as raw_name,
        from_partner_id as partner_id
    from exchanges
    union all
    select
        source,
        to_partner_raw as raw_name,
        to_partner_id as partner_id
    from exchanges
    union all
    select
        source,
        partner_raw as raw_name,
        partner_id
    from results
    union all
    select
        source,
        partner_raw as raw_name,
        partner_id
    from held
    union all
    select
        source,
        to_partner_raw as raw_name,
        to_partner_id as partner_id
    from held

)

select
    source,
    count(distinct raw_name) as n_unresolved_names
from names
where partner_id is null and raw_name is not null
group by source
