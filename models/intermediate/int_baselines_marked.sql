-- The first wave of each dyad, and whether it was over before the partners began to exchange (a true baseline).
with

dyads as (

    select * from {{ ref('stg_dyads') }}

),

periods as (

    select * from {{ ref('stg_periods') }}

),

waves as (

    select
        persons.subject_id as dyad_id,
        persons.period_id,
        periods.ordinal,
        max(persons.collected_on) as collected_until
    from {{ ref('int_persons_scored') }} as persons
    inner join periods using (period_id)
    where persons.kind = 'health_dimension' and persons.rater in ('A_of_B', 'B_of_A')
    group by all

),

firsts as (

    select
        dyad_id,
        arg_min(period_id, ordinal) as baseline_period,
        arg_min(collected_until, ordinal) as baseline_on
    from waves
    group by dyad_id

),

exchanges as (

    select
        dyads.dyad_id,
        min(exchanges.occurred_on) as first_exchange_on
    from {{ ref('stg_exchanges') }} as exchanges
    inner join dyads
        on
            least(exchanges.from_partner_id, exchanges.to_partner_id) = dyads.partner_a
            and greatest(exchanges.from_partner_id, exchanges.to_partner_id) = dyads.partner_b
    where exchanges.is_current
    group by dyads.dyad_id

)

select
    dyads.dyad_id,
    firsts.baseline_period,
    firsts.baseline_on,
    exchanges.first_exchange_on,
    case
        when firsts.baseline_on is null then null
        when exchanges.first_exchange_on <= firsts.baseline_on then 'retrospective'
        else 'true'
    end as baseline_kind
from dyads
left join firsts using (dyad_id)
left join exchanges using (dyad_id)
