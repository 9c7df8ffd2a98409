-- The alliance's totals, of what may be added up: like with like, from the partners whose result can be judged.
with

cells as (

    select * from {{ ref('int_progress_measured') }}

),

-- What a pair agreed on may be reported by both sides; it is one result.
once as (

    select
        indicator_id,
        period_id,
        disaggregation,
        any_value(indicator_name) as indicator_name,
        any_value(kind) as kind,
        any_value(direction) as direction,
        any_value(unit) as unit,
        max(n_results) as n_results,
        case when count(*) > count(reason) then null else any_value(reason) end as reason,
        avg(baseline) filter (where reason is null) as baseline,
        avg(target_in_force) filter (where reason is null) as target_in_force,
        avg(target_latest) filter (where reason is null) as target_latest,
        avg(actual) filter (where reason is null) as actual,
        min(evidence_class) filter (where reason is null) as evidence_class
    from cells
    group by indicator_id, period_id, disaggregation, coalesce(dyad_id, partner_id)

),

totals as (

    select
        indicator_id,
        period_id,
        disaggregation,
        any_value(indicator_name) as indicator_name,
        any_value(kind) as kind,
        any_value(direction) as direction,
        any_value(unit) as unit,
        count(*) as results_due,
        count(*) filter (where n_results > 0) as n_results,
        count(*) filter (where reason is null) as n_summed,
        sum(baseline) filter (where reason is null) as baseline,
        sum(target_in_force) filter (where reason is null) as target_in_force,
        sum(target_latest) filter (where reason is null) as target_latest,
        sum(actual) filter (where reason is null) as actual,
        min(evidence_class) filter (where reason is null) as evidence_class
    from once
    group by indicator_id, period_id, disaggregation

),

judged as (

    select
        *,
        case
            when kind is null then 'not in indicators.csv: nobody says whether it may be added up'
            when kind = 'non_summing' then 'shares and distinct reach are not added up'
            when n_summed = 0 then 'no partner''s result can be judged'
            when target_in_force = baseline then 'target equals baseline'
        end as reason
    from totals

)

select
    * exclude (baseline, target_in_force, target_latest, actual, evidence_class),
    case when reason is null then round(baseline, 9) end as baseline,
    case when reason is null then round(target_in_force, 9) end as target_in_force,
    case when reason is null then round(target_latest, 9) end as target_latest,
    case when reason is null then round(actual, 9) end as actual,
    case when reason is null then evidence_class end as evidence_class
from judged
