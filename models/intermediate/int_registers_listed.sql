-- The rows of every register with the partner they came from or are about, for the counts of data quality.
with

decisions as (

    select
        source,
        load_id,
        row_id,
        coalesce(raised_by, decided_by) as partner_id,
        period_id
    from {{ ref('stg_decisions') }}

),

roles as (

    select
        source,
        load_id,
        row_id,
        partner_id,
        period_id
    from {{ ref('stg_roles') }}

),

sessions as (

    select
        source,
        load_id,
        row_id,
        partner_id,
        period_id
    from {{ ref('stg_sessions') }}

),

budget_lines as (

    select
        source,
        load_id,
        row_id,
        partner_id,
        period_id
    from {{ ref('stg_budget_lines') }}

),

authorships as (

    select
        source,
        load_id,
        row_id,
        partner_id,
        period_id
    from {{ ref('stg_authorships') }}

),

assessments as (

    select
        source,
        load_id,
        row_id,
        assessor_id as partner_id,
        period_id
    from {{ ref('stg_assessments') }}

),

claims as (

    select
        source,
        load_id,
        row_id,
        learner_partner_id as partner_id,
        period_id
    from {{ ref('stg_learning_claims') }}

),

demands as (

    select
        source,
        load_id,
        row_id,
        partner_id,
        period_id
    from {{ ref('stg_demands') }}

),

advice as (

    select
        source,
        load_id,
        row_id,
        given_by_id as partner_id,
        period_id
    from {{ ref('stg_advice') }}

),

events as (

    select
        source,
        load_id,
        row_id,
        host_id as partner_id,
        period_id
    from {{ ref('stg_events') }}

),

toc_nodes as (

    select
        source,
        load_id,
        row_id,
        cast(null as varchar) as partner_id,
        period_id
    from {{ ref('stg_toc_nodes') }}

),

toc_edges as (

    select
        source,
        load_id,
        row_id,
        cast(null as varchar) as partner_id,
        period_id
    from {{ ref('stg_toc_edges') }}

)

select * from decisions
union all
select * from roles
union all
select * from sessions
union all
select * from budget_lines
union all
select * from authorships
union all
select * from assessments
union all
select * from claims
union all
select * from demands
union all
select * from advice
union all
select * from events
union all
select * from toc_nodes
union all
select * from toc_edges
