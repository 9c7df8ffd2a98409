select
    dyads.dyad_id,
    dyads.partner_a,
    dyads.partner_b,
    dyads.partnership_ids,
    baselines.baseline_period,
    baselines.baseline_kind,
    baselines.first_exchange_on,
    dyads.set_up,
    dyads.publish_level,
    dyads.started_on
from {{ ref('stg_dyads') }} as dyads
left join {{ ref('int_baselines_marked') }} as baselines using (dyad_id)
order by dyads.dyad_id
