-- Results are of organisations: a pair's go as far as it agreed, a partner's and the alliance's to funders.
with

progress as (

    select * from {{ ref('mart_indicator_progress') }}

),

dyads as (

    select
        dyad_id,
        publish_level
    from {{ ref('dim_dyad') }}

)

select
    progress.scope,
    progress.indicator_id,
    progress.partner_id,
    progress.dyad_id,
    progress.period_id,
    progress.disaggregation,
    progress.framework_version,
    progress.indicator_name,
    progress.kind,
    progress.direction,
    progress.unit,
    progress.baseline,
    progress.target_in_force,
    progress.target_latest,
    progress.previous_target,
    progress.target_changed_on,
    progress.change_reason,
    progress.target_source,
    progress.actual,
    progress.result_index,
    progress.status,
    progress.cumulated_value,
    progress.n_results,
    progress.results_due,
    progress.n_summed,
    progress.evidence_class,
    progress.reason,
    false as is_suppressed,
    cast(null as varchar) as n_suppressed_reason,
    case
        when progress.dyad_id is not null then coalesce(dyads.publish_level, 'internal')
        else '{{ var("publish_level_partner") }}'
    end as publish_level,
    progress.formula_id,
    progress.config_hash,
    progress.as_of,
    progress.load_id
from progress
left join dyads using (dyad_id)
order by
    progress.scope, progress.indicator_id, progress.partner_id, progress.dyad_id, progress.period_id,
    progress.disaggregation
