with

cycles as (

    select
        *,
        cast('{{ var("as_of") }}' as date) as today
    from {{ ref('int_cycles_estimated') }}

)

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
    cast(date_diff('day', planned_start, planned_end) as integer) as planned_days,
    cast(date_diff('day', actual_start, actual_end) as integer) as actual_days,
    cast(
        case
            when actual_start is not null
                then greatest(date_diff('day', actual_start, coalesce(actual_end, today)), 0)
        end as integer
    ) as elapsed_days,
    actual_start is not null and actual_end is null as is_open,
    cast(date_diff('day', planned_end, actual_end) as integer) as slippage_days,
    {{ cycle_on_time("today") }} as on_time,
    cast(coalesce(n_partners, 0) as integer) as n_partners,
    cast(coalesce(n_lead, 0) as integer) as lead_count,
    cast(coalesce(n_active, 0) as integer) as active_count,
    cast(coalesce(n_access, 0) as integer) as access_count,
    lead_gini_star,
    kappa_declared_observed,
    cast(coalesce(n_pairs, 0) as integer) as n_kappa_pairs,
    cast(coalesce(n_moves, 0) as integer) as n_moves,
    cast(coalesce(n_moved_up, 0) as integer) as n_moved_up,
    cast(coalesce(n_traces_unplaced, 0) as integer) as n_traces_unplaced,
    cast(n_products_expected as integer) as products_expected,
    cast(products_delivered as integer) as products_delivered,
    products_missing,
    cast(coalesce(contexts_tested, 0) as integer) as contexts_tested,
    cast(coalesce(n_questions, 0) as integer) as n_questions,
    cast(coalesce(questions_open, 0) as integer) as questions_open,
    cast(coalesce(questions_advanced, 0) as integer) as questions_advanced,
    cast(coalesce(questions_answered, 0) as integer) as questions_answered,
    cast(coalesce(questions_dropped, 0) as integer) as questions_dropped,
    round(n_links / nullif(n_questions, 0), 9) as mean_partners_per_question,
    cast(coalesce(n_linked, 0) as integer) as n_linked,
    cast(coalesce(facilitation_days, 0) as integer) as facilitation_days,
    personnel_share,
    personnel_scope,
    case
        when not is_registered then 'the cycle is in no register of cycles'
        when actual_start is null then 'the cycle has not begun'
        when coalesce(n_pairs, 0) = 0 then 'no role was both declared and observed'
        when kappa_declared_observed is null then 'all roles are the same one, so that chance alone makes them agree'
    end as reason,
    {{ stamp('F21,F29,F31') }}
from cycles
order by cycle_id
