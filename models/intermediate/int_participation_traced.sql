-- What partners were seen to do in a cycle: 3 ran a session or wrote a product, 2 spoke or gave, 1 was there.
-- What names no step counts in every step that was under way that day; outside all of them the step is null.
with

said as (

    select
        cycle_id,
        step,
        partner_id,
        held_on as happened_on,
        case when coalesce(is_facilitator, false) then 3 when minutes > 0 then 2 else 1 end as place
    from {{ ref('stg_sessions') }}
    where is_current

),

written as (

    select
        cycle_id,
        null as step,
        partner_id,
        finished_on as happened_on,
        3 as place
    from {{ ref('stg_authorships') }}
    where is_current

),

given as (

    select
        cycle_id,
        null as step,
        from_partner_id as partner_id,
        occurred_on as happened_on,
        2 as place
    from {{ ref('stg_exchanges') }}
    where is_current and is_dated_to_the_day
    union all
    select
        cycle_id,
        null as step,
        to_partner_id as partner_id,
        occurred_on as happened_on,
        1 as place
    from {{ ref('stg_exchanges') }}
    where is_current and is_dated_to_the_day

),

traces as (

    select * from said
    union all
    select * from written
    union all
    select * from given

),

cycles as (

    select cycle_id from {{ ref('int_cycles_listed') }}

),

steps as (

    select * from {{ ref('int_cycle_steps_dated') }}

)

select
    traces.cycle_id,
    coalesce(traces.step, steps.step) as step,
    traces.partner_id,
    traces.happened_on,
    traces.place
from traces
inner join cycles on traces.cycle_id = cycles.cycle_id
left join steps
    on
        -- a key, not a condition beside it, or every pair would be compared
        case when traces.step is null then traces.cycle_id end = steps.cycle_id
        and traces.happened_on between steps.starts_on and steps.ends_on
where traces.partner_id is not null
