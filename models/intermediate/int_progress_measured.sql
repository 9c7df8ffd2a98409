-- Each result beside its baseline and the target in force, with what keeps it from being judged.
with

cells as (

    select
        indicator_id,
        partner_id,
        dyad_id,
        period_id,
        disaggregation
    from {{ ref('int_results_placed') }}
    union
    select
        indicator_id,
        partner_id,
        dyad_id,
        period_id,
        disaggregation
    from {{ ref('int_targets_in_force') }}

),

results as (

    select * from {{ ref('int_results_placed') }}

),

targets as (

    select * from {{ ref('int_targets_in_force') }}

),

indicators as (

    select * from {{ ref('stg_indicators') }}

),

joined as (

    select
        cells.*,
        indicators.name as indicator_name,
        indicators.kind,
        indicators.direction,
        coalesce(indicators.unit, results.unit) as unit,
        coalesce(results.sheet_baseline, indicators.baseline) as baseline,
        coalesce(targets.target_in_force, results.sheet_target) as target_in_force,
        coalesce(targets.target_latest, results.sheet_target) as target_latest,
        case
            when targets.n_targets > 1 then targets.target_before
            when targets.change_reason != 'first' then results.sheet_target
        end as previous_target,
        targets.target_changed_on,
        targets.change_reason,
        case
            when targets.target_in_force is not null then 'register'
            when results.sheet_target is not null then 'sheet'
        end as target_source,
        coalesce(results.n_results, 0) as n_results,
        results.n_actuals,
        results.evidence_class,
        indicators.indicator_id is null and results.n_units > 1 as is_unit_unclear,
        case when results.n_actuals = 1 then results.actual end as actual
    from cells
    left join results
        on
            cells.indicator_id = results.indicator_id
            and cells.partner_id = results.partner_id
            and cells.dyad_id is not distinct from results.dyad_id
            and cells.period_id = results.period_id
            and cells.disaggregation = results.disaggregation
    left join targets
        on
            cells.indicator_id = targets.indicator_id
            and cells.partner_id = targets.partner_id
            and cells.dyad_id is not distinct from targets.dyad_id
            and cells.period_id = targets.period_id
            and cells.disaggregation = targets.disaggregation
    left join indicators on cells.indicator_id = indicators.indicator_id

)

select
    *,
    case
        when n_results = 0 then 'not reported'
        when n_actuals > 1 then 'two reports give different figures'
        when is_unit_unclear then 'figures in several units'
        when baseline is null then 'no baseline'
        when target_in_force is null and target_latest is not null then 'target agreed after the period'
        when target_in_force is null then 'no target'
        when target_in_force = baseline then 'target equals baseline'
        when direction = 'rise' and target_in_force < baseline then 'target against the direction of the indicator'
        when direction = 'fall' and target_in_force > baseline then 'target against the direction of the indicator'
    end as reason
from joined
