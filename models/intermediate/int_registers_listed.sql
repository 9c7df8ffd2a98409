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

targets as (

    select
        source,
        load_id,
        row_id,
        partner_id,
        period_id
    from {{ ref('stg_targets') }}

),

tracking as (

    select
        source,
        load_id,
        row_id,
        partner_id,
        period_id
    from {{ ref('stg_tracking') }}

),

contributions as (

    select
        source,
        load_id,
        row_id,
        partner_id,
        period_id
    from {{ ref('stg_contributions') }}

),

memberships as (

    select
        source,
        load_id,
        row_id,
        partner_id,
        period_id
    from {{ ref('stg_memberships') }}

),

funding as (

    select
        source,
        load_id,
        row_id,
        partner_id,
        period_id
    from {{ ref('stg_funding') }}

),

hours as (

    select
        source,
        load_id,
        row_id,
        partner_id,
        period_id
    from {{ ref('stg_hours') }}

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
select * from targets
union all
select * from tracking
union all
select * from contributions
union all
select * from memberships
union all
select * from funding
union all
select * from hours
