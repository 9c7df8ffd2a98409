-- Who could have exchanged in a period: present partners of the dyads that had started, and whoever did exchange.
with

dyads as (

    select * from {{ ref('stg_dyads') }}

),

periods as (

    select * from {{ ref('stg_periods') }}

),

partners as (

    select * from {{ ref('stg_partners') }}

),

exchanges as (

    select * from {{ ref('int_exchanges_measured') }}

),

sides as (

    select
        partner_a as partner_id,
        started_on
    from dyads
    union all
    select
        partner_b as partner_id,
        started_on
    from dyads

),

started as (

    select
        partner_id,
        min(coalesce(started_on, date '0001-01-01')) as started_on
    from sides
    group by partner_id

),

present as (

    select
        periods.period_id,
        started.partner_id
    from started
    inner join partners using (partner_id)
    inner join periods
        on
            started.started_on <= periods.ends_on
            and coalesce(partners.joined_on <= periods.ends_on, true)
            and coalesce(partners.left_on >= periods.starts_on, true)

),

members as (

    select
        period_id,
        partner_id
    from present
    union
    select
        period_id,
        from_partner_id as partner_id
    from exchanges
    union
    select
        period_id,
        to_partner_id as partner_id
    from exchanges

)

select
    members.period_id,
    members.partner_id,
    partners.type
from members
left join partners using (partner_id)
