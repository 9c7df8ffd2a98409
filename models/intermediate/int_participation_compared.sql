-- What each partner said it would be in a step beside what it was seen to be: 1 access, 2 active, 3 lead.
with

declared as (

    select
        cycle_id,
        step,
        partner_id,
        max(list_position(['access', 'active', 'lead'], role)) as declared_place,
        max(list_position(['access', 'active', 'lead'], observed_role)) as listed_place
    from {{ ref('stg_roles') }}
    where is_current and cycle_id is not null and step is not null and partner_id is not null
    group by all

),

traced as (

    select
        cycle_id,
        step,
        partner_id,
        max(place) as logged_place,
        count(*) as n_traces,
        min(happened_on) as first_on
    from {{ ref('int_participation_traced') }}
    where step is not null
    group by all

),

logged_steps as (

    select distinct
        cycle_id,
        step,
        true as is_logged
    from traced

),

steps as (

    select * from {{ ref('int_cycle_steps_dated') }}

),

compared as (

    select
        cycle_id,
        step,
        partner_id,
        declared.declared_place,
        coalesce(declared.listed_place, traced.logged_place) as observed_place,
        case
            when declared.listed_place is not null then 'register'
            when traced.logged_place is not null then 'log'
        end as observed_from,
        coalesce(traced.n_traces, 0) as n_traces,
        traced.first_on
    from declared
    full outer join traced using (cycle_id, step, partner_id)

),

placed as (

    select
        compared.*,
        coalesce(
            steps.starts_on,
            min(compared.first_on) over (partition by compared.cycle_id, compared.step)
        ) as starts_on,
        coalesce(logged_steps.is_logged, false) as is_logged
    from compared
    left join steps using (cycle_id, step)
    left join logged_steps using (cycle_id, step)

),

followed as (

    select
        *,
        lag(declared_place) over one_after_the_other as declared_before,
        lag(observed_place) over one_after_the_other as observed_before
    from placed
    window one_after_the_other as (partition by cycle_id, partner_id order by starts_on, step)

)

select
    cycle_id,
    step,
    partner_id,
    starts_on,
    declared_place,
    observed_place,
    observed_from,
    n_traces,
    is_logged,
    case
        when observed_place is not null and observed_before is not null then 'observed'
        when declared_place is not null and declared_before is not null then 'declared'
    end as moved_by,
    case moved_by
        when 'observed' then observed_place > observed_before
        when 'declared' then declared_place > declared_before
    end as is_moved_up
from followed
