-- Every cycle once, as its newest register has it; one that only other registers name is there without its dates.
with

registered as (

    select
        cycle_id,
        theme,
        partnership_id,
        period_id,
        planned_start,
        planned_end,
        actual_start,
        actual_end,
        step_plan,
        products_expected
    from {{ ref('stg_cycles') }}
    where is_current and cycle_id is not null
    qualify row_number() over (partition by cycle_id order by ingested_at desc nulls last, row_id asc) = 1

),

mentioned as (

    select
        cycle_id,
        partnership_id
    from {{ ref('stg_roles') }}
    where is_current
    union all
    select
        cycle_id,
        partnership_id
    from {{ ref('stg_sessions') }}
    where is_current
    union all
    select
        cycle_id,
        partnership_id
    from {{ ref('stg_authorships') }}
    where is_current
    union all
    select
        cycle_id,
        partnership_id
    from {{ ref('stg_problems') }}
    where is_current
    union all
    select
        cycle_id,
        null as partnership_id
    from {{ ref('stg_questions') }}
    where is_current

),

named as (

    select
        cycle_id,
        min(partnership_id) as partnership_id
    from mentioned
    where cycle_id is not null
    group by cycle_id

)

select
    coalesce(registered.cycle_id, named.cycle_id) as cycle_id,
    registered.theme,
    coalesce(registered.partnership_id, named.partnership_id) as partnership_id,
    registered.period_id,
    registered.planned_start,
    registered.planned_end,
    registered.actual_start,
    registered.actual_end,
    registered.step_plan,
    registered.products_expected,
    registered.cycle_id is not null as is_registered
from named
full outer join registered on named.cycle_id = registered.cycle_id
