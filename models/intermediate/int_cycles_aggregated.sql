-- Each cycle with what happened in it: who took part, what was asked, made and facilitated.
with

cycles as (

    select * from {{ ref('int_cycles_listed') }}

),

roles as (

    select
        cycle_id,
        count(distinct partner_id) as n_partners,
        count(*) filter (where declared_place = 3) as n_lead,
        count(*) filter (where declared_place = 2) as n_active,
        count(*) filter (where declared_place = 1) as n_access,
        count(is_moved_up) as n_moves,
        count(*) filter (where is_moved_up) as n_moved_up
    from {{ ref('int_participation_compared') }}
    group by cycle_id

),

unplaced as (

    select
        cycle_id,
        count(*) as n_traces_unplaced
    from {{ ref('int_participation_traced') }}
    where step is null
    group by cycle_id

),

-- Where a register says nothing, the five products of the practice
expected as (

    select distinct
        cycle_id,
        lower(trim(unnest(string_split(coalesce(products_expected, '{{ var("products_expected") }}'), ';')))) as type
    from cycles

),

delivered as (

    select distinct
        cycle_id,
        lower(trim(type)) as type
    from {{ ref('int_product_versions_listed') }}
    where is_delivered

),

products as (

    select
        expected.cycle_id,
        count(*) as products_expected,
        count(delivered.type) as products_delivered,
        string_agg(expected.type, ', ' order by expected.type) filter (where delivered.type is null) as products_missing
    from expected
    left join delivered using (cycle_id, type)
    where expected.type != ''
    group by expected.cycle_id

),

places as (

    select
        cycle_id,
        count(distinct place) as contexts_tested
    from (
        select
            cycle_id,
            unnest(contexts) as place
        from {{ ref('int_product_versions_listed') }}
    )
    group by cycle_id

),

questions as (

    select
        cycle_id,
        count(*) as n_questions,
        count(*) filter (where status = 'open') as questions_open,
        count(*) filter (where status = 'advanced') as questions_advanced,
        count(*) filter (where status = 'answered') as questions_answered,
        count(*) filter (where status = 'dropped') as questions_dropped,
        sum(n_partners) as n_links,
        count(*) filter (where n_partners >= 2) as n_linked
    from {{ ref('int_questions_listed') }}
    where cycle_id is not null
    group by cycle_id

),

facilitated as (

    select
        cycle_id,
        count(distinct held_on) filter (where is_facilitator) as facilitation_days
    from {{ ref('stg_sessions') }}
    where is_current and cycle_id is not null
    group by cycle_id

),

personnel as (

    select * from {{ ref('int_personnel_summed') }}

)

select
    cycles.*,
    roles.n_partners,
    roles.n_lead,
    roles.n_active,
    roles.n_access,
    roles.n_moves,
    roles.n_moved_up,
    unplaced.n_traces_unplaced,
    products.products_expected as n_products_expected,
    products.products_delivered,
    products.products_missing,
    places.contexts_tested,
    questions.n_questions,
    questions.questions_open,
    questions.questions_advanced,
    questions.questions_answered,
    questions.questions_dropped,
    questions.n_links,
    questions.n_linked,
    facilitated.facilitation_days,
    coalesce(own.personnel_share, whole.personnel_share) as personnel_share,
    case
        when own.personnel_share is not null then 'partnership'
        when whole.personnel_share is not null then 'alliance'
    end as personnel_scope
from cycles
left join roles on cycles.cycle_id = roles.cycle_id
left join unplaced on cycles.cycle_id = unplaced.cycle_id
left join products on cycles.cycle_id = products.cycle_id
left join places on cycles.cycle_id = places.cycle_id
left join questions on cycles.cycle_id = questions.cycle_id
left join facilitated on cycles.cycle_id = facilitated.cycle_id
left join personnel as own
    on cycles.partnership_id = own.scope_id and cycles.period_id = own.period_id and own.scope = 'partnership'
left join personnel as whole on cycles.period_id = whole.period_id and whole.scope = 'alliance'
