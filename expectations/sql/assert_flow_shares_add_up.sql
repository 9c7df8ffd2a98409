-- Failure: the balance of a dyad's exchange contradicts its own flows (F18); the two-way chart would mislead.
select
    dyad_id,
    period_id,
    measure,
    channel
from {{ ref('mart_mutuality_dyad') }}
where
    (flow_total = 0) != (share_a is null)
    or abs(mutual_share - 2 * least(flow_ab, flow_ba) / nullif(flow_total, 0)) > 1e-12
    or abs(share_a + flow_ba / nullif(flow_total, 0) - 1) > 1e-12
    or share_a not between share_ci_low - 1e-12 and share_ci_high + 1e-12
