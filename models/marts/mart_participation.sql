with

roles as (

    select * from {{ ref('int_participation_compared') }}

),

cycles as (

    select
        cycle_id,
        partnership_id
    from {{ ref('int_cycles_listed') }}

)

select
    roles.cycle_id,
    roles.step,
    roles.partner_id,
    cycles.partnership_id,
    roles.starts_on,
    ['access', 'active', 'lead'][roles.declared_place] as declared_role,
    ['access', 'active', 'lead'][roles.observed_place] as observed_role,
    roles.observed_from,
    roles.declared_place = roles.observed_place as is_as_declared,
    roles.is_moved_up as moved_up,
    roles.moved_by,
    cast(roles.n_traces as integer) as n_traces,
    case
        when roles.observed_place is not null then null
        when roles.is_logged then 'no trace of the partner in the logs of this step'
        else 'no log of this step'
    end as reason,
    {{ stamp('F29') }}
from roles
inner join cycles using (cycle_id)
order by roles.cycle_id, roles.step, roles.partner_id
