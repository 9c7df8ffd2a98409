-- The target a period was judged by, and what became of it later: a change never reaches back over a period's end.
with

targets as (

    select
        *,
        coalesce(disaggregation, 'total') as grouped_by
    from {{ ref('stg_targets') }}
    where is_current

),

dyads as (

    select * from {{ ref('stg_dyads') }}

),

periods as (

    select
        period_id,
        ends_on
    from {{ ref('stg_periods') }}

),

placed as (

    select
        targets.*,
        dyads.dyad_id,
        targets.agreed_on <= periods.ends_on as is_in_time
    from targets
    inner join periods using (period_id)
    left join dyads
        on
            least(targets.partner_id, targets.other_partner_id) = dyads.partner_a
            and greatest(targets.partner_id, targets.other_partner_id) = dyads.partner_b

)

select
    indicator_id,
    partner_id,
    dyad_id,
    period_id,
    grouped_by as disaggregation,
    count(*) as n_targets,
    arg_max(target, (agreed_on, target_id)) filter (where is_in_time) as target_in_force,
    arg_max(target, (agreed_on, target_id)) as target_latest,
    max(agreed_on) as target_changed_on,
    arg_max(reason, (agreed_on, target_id)) as change_reason,
    list(target order by agreed_on desc, target_id desc)[2] as target_before
from placed
group by indicator_id, partner_id, dyad_id, period_id, grouped_by
