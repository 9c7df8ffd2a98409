with

partners as (

    select
        'partner' as scope,
        cells.*,
        cast(1 as bigint) as results_due,
        cast(cells.reason is null as bigint) as n_summed,
        cumulated.cumulated_value
    from {{ ref('int_progress_measured') }} as cells
    left join {{ ref('int_progress_cumulated') }} as cumulated
        on
            cells.indicator_id = cumulated.indicator_id
            and cells.partner_id = cumulated.partner_id
            and cells.dyad_id is not distinct from cumulated.dyad_id
            and cells.period_id = cumulated.period_id
            and cells.disaggregation = cumulated.disaggregation

),

alliance as (

    select
        'alliance' as scope,
        'alliance' as partner_id,
        *
    from {{ ref('int_progress_totalled') }}

),

rows_of_both as (

    select * from partners
    union all by name
    select * from alliance

),

periods as (

    select * from {{ ref('stg_periods') }}

),

measured as (

    select
        rows_of_both.*,
        periods.framework_version,
        periods.on_track_from,
        periods.behind_from,
        case
            when rows_of_both.reason is null
                then round(
                    least(
                        150.0,
                        greatest(
                            0.0,
                            100.0 * (rows_of_both.actual - rows_of_both.baseline)
                            / (rows_of_both.target_in_force - rows_of_both.baseline)
                        )
                    ), 9
                )
        end as result_index
    from rows_of_both
    inner join periods using (period_id)

)

select
    scope,
    indicator_id,
    partner_id,
    dyad_id,
    period_id,
    disaggregation,
    framework_version,
    indicator_name,
    kind,
    direction,
    unit,
    baseline,
    target_in_force,
    target_latest,
    previous_target,
    target_changed_on,
    change_reason,
    target_source,
    actual,
    result_index,
    case
        when result_index >= 100 then 'met'
        when result_index >= on_track_from then 'on_track'
        when result_index >= behind_from then 'behind'
        when result_index is not null then 'off_track'
    end as status,
    cumulated_value,
    cast(n_results as integer) as n_results,
    cast(results_due as integer) as results_due,
    cast(n_summed as integer) as n_summed,
    cast(evidence_class as integer) as evidence_class,
    reason,
    {{ stamp('F34') }}
from measured
order by scope, indicator_id, partner_id, dyad_id, period_id, disaggregation
