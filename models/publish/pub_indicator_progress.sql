-- Results are of organisations: a pair's go as far as it agreed, a partner's and the alliance's to funders. The result
-- of a single pair that is for fewer would be the total less the others: another goes with it, or the total (F40 ii).
with

progress as (

    select * from {{ ref('mart_indicator_progress') }}

),

dyads as (

    select
        dyad_id,
        publish_level
    from {{ ref('dim_dyad') }}

),

leveled as (

    select
        progress.*,
        coalesce(progress.dyad_id, progress.partner_id) as actor,
        case
            when progress.dyad_id is not null
                then coalesce({{ audience_rank('dyads.publish_level') }}, 1)
            else {{ audience_rank("'" ~ var('publish_level_partner') ~ "'") }}
        end as audience
    from progress
    left join dyads using (dyad_id)

),

parts as (

    select
        leveled.*,
        leveled.audience < {{ audience_rank("'" ~ var('publish_level_partner') ~ "'") }} as is_narrow
    from leveled
    inner join leveled as totals using (indicator_id, period_id, disaggregation)
    where leveled.scope = 'partner' and totals.scope = 'alliance' and totals.actual is not null

),

-- The one that is for fewer; two hide each other.
alone as (

    select
        indicator_id,
        disaggregation,
        min(audience) as audience,
        list(distinct period_id) as periods,
        sum(actual) as amount
    from parts
    where is_narrow
    group by indicator_id, disaggregation
    having count(distinct actor) = 1

),

-- Who can hide it: there in all its periods, and not so small that the rest is the hidden one after all (p % rule).
able as (

    select
        parts.indicator_id,
        parts.disaggregation,
        parts.actor,
        sum(parts.actual) as amount
    from parts
    inner join alone using (indicator_id, disaggregation)
    where not parts.is_narrow and list_contains(alone.periods, parts.period_id)
    group by parts.indicator_id, parts.disaggregation, parts.actor, alone.periods, alone.amount
    having
        count(distinct parts.period_id) = len(alone.periods)
        and sum(parts.actual) >= {{ var('dominance_percent') }} / 100 * alone.amount

),

covers as (

    select
        indicator_id,
        disaggregation,
        arg_min(actor, (amount, actor)) as actor
    from able
    group by indicator_id, disaggregation

),

judged as (

    select
        leveled.* exclude (audience),
        case
            when leveled.audience <= alone.audience or alone.audience is null then leveled.audience
            when not list_contains(alone.periods, leveled.period_id) then leveled.audience
            when leveled.actor = covers.actor or (leveled.scope = 'alliance' and covers.actor is null)
                then alone.audience
            else leveled.audience
        end as audience
    from leveled
    left join alone using (indicator_id, disaggregation)
    left join covers using (indicator_id, disaggregation)

)

select
    judged.scope,
    judged.indicator_id,
    judged.partner_id,
    judged.dyad_id,
    judged.period_id,
    judged.disaggregation,
    judged.framework_version,
    judged.indicator_name,
    judged.kind,
    judged.direction,
    judged.unit,
    judged.baseline,
    judged.target_in_force,
    judged.target_latest,
    judged.previous_target,
    judged.target_changed_on,
    judged.change_reason,
    judged.target_source,
    judged.actual,
    judged.result_index,
    judged.status,
    judged.cumulated_value,
    judged.n_results,
    judged.results_due,
    judged.n_summed,
    judged.evidence_class,
    judged.reason,
    false as is_suppressed,
    cast(null as varchar) as n_suppressed_reason,
    {{ audience_at('judged.audience') }} as publish_level,
    judged.formula_id,
    judged.config_hash,
    judged.as_of,
    judged.load_id
from judged
order by
    judged.scope, judged.indicator_id, judged.partner_id, judged.dyad_id, judged.period_id,
    judged.disaggregation
