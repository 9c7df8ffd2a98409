select
    dyads.dyad_id,
    dyads.partner_a,
    dyads.partner_b,
    dyads.partnership_ids,
    baselines.baseline_period,
    baselines.baseline_kind,
    baselines.first_exchange_on,
    dyads.set_up,
    nullif(dyads.funded_by, '') as funded_by,
    cast(dyads.funding_tiers as integer) as funding_tiers,
    dyads.decisions_delegated,
    cast(dyads.planned_months as integer) as planned_months,
    dyads.level,
    dyads.stands,
    dyads.transparency,
    dyads.publish_level,
    dyads.started_on
from {{ ref('stg_dyads') }} as dyads
left join {{ ref('int_baselines_marked') }} as baselines using (dyad_id)
order by dyads.dyad_id
