-- Every tie counts for both of its ends.
with

partners as (

    select
        partner_id,
        type
    from {{ ref('stg_partners') }}

),

dyads as (

    select * from {{ ref('stg_dyads') }}

),

ties as (

    select
        flows.period_id,
        dyads.partner_a,
        dyads.partner_b
    from {{ ref('mart_mutuality_dyad') }} as flows
    inner join dyads using (dyad_id)
    where flows.measure = 'events' and flows.channel = 'all' and flows.flow_total > 0

),

ends as (

    select
        period_id,
        partner_a as partner_id,
        partner_b as counterpart_id
    from ties
    union all
    select
        period_id,
        partner_b as partner_id,
        partner_a as counterpart_id
    from ties

)

select
    ends.partner_id,
    ends.period_id,
    any_value(own.type) as partner_type,
    cast(count(*) as integer) as n_counterparts,
    cast(count(distinct counterparts.type) as integer) as n_counterpart_types,
    cast(count(*) filter (where own.type != counterparts.type) as integer) as n_other_type,
    cast(count(*) filter (where own.type = counterparts.type) as integer) as n_same_type,
    (count(*) filter (where own.type != counterparts.type) - count(*) filter (where own.type = counterparts.type))
    / nullif(count(*) filter (where own.type is not null and counterparts.type is not null), 0) as ei_index,
    {{ stamp('F24b') }}
from ends
left join partners as own on ends.partner_id = own.partner_id
left join partners as counterparts on ends.counterpart_id = counterparts.partner_id
group by ends.partner_id, ends.period_id
order by ends.partner_id, ends.period_id
