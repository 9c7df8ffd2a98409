-- Registers of organisations are not about persons; a partnership's go as far as its partners agreed.
with

found as (

    select * from {{ ref('mart_learning_cycle') }}

),

partnerships as (

    select
        partnership_id,
        publish_level
    from {{ ref('dim_partnership') }}

)

select
    found.cycle_id,
    found.theme,
    found.partnership_id,
    found.period_id,
    found.planned_start,
    found.planned_end,
    found.actual_start,
    found.actual_end,
    found.step_plan,
    found.planned_days,
    found.actual_days,
    found.elapsed_days,
    found.is_open,
    found.slippage_days,
    found.on_time,
    found.n_partners,
    found.lead_count,
    found.active_count,
    found.access_count,
    found.lead_gini_star,
    found.kappa_declared_observed,
    found.n_kappa_pairs,
    found.n_moves,
    found.n_moved_up,
    found.n_traces_unplaced,
    found.products_expected,
    found.products_delivered,
    found.products_missing,
    found.contexts_tested,
    found.n_questions,
    found.questions_open,
    found.questions_advanced,
    found.questions_answered,
    found.questions_dropped,
    found.mean_partners_per_question,
    found.n_linked,
    found.facilitation_days,
    found.personnel_share,
    found.personnel_scope,
    found.reason,
    false as is_suppressed,
    cast(null as varchar) as n_suppressed_reason,
    case
        when found.partnership_id is null then '{{ var("publish_level_partner") }}'
        else coalesce(partnerships.publish_level, 'internal')
    end as publish_level,
    found.formula_id,
    found.config_hash,
    found.as_of,
    found.load_id
from found
left join partnerships on found.partnership_id = partnerships.partnership_id
order by found.cycle_id
