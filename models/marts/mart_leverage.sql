select
    partner_id,
    period_id,
    cast(n_nominations as integer) as n_nominations,
    cast(n_nominators as integer) as n_nominators,
    n_nominators / nullif(n_partners - 1, 0) as in_degree_share,
    cast(n_resource_people as integer) as n_resource_people,
    cast(n_self_nominations as integer) as n_self_nominations,
    cast(n_applied_individual as integer) as n_applied_individual,
    cast(n_applied_institutional as integer) as n_applied_institutional,
    cast(n_applied_contextual as integer) as n_applied_contextual,
    cast(n_practices_changed as integer) as n_practices_changed,
    cast(best_evidence_class as integer) as best_evidence_class,
    {{ stamp('F30') }}
from {{ ref('int_leverage_aggregated') }}
order by partner_id, period_id
