-- What organisations ask for is not about people; it goes as far as a partner's own figures.
select
    partner_id,
    period_id,
    period_id_prev,
    n_statements,
    n_codes,
    n_kept,
    n_new,
    n_dropped,
    widened_by,
    jaccard_prev,
    n_advice,
    n_advice_open,
    advice_times_given,
    days_to_acceptance,
    reason,
    false as is_suppressed,
    cast(null as varchar) as n_suppressed_reason,
    '{{ var("publish_level_partner") }}' as publish_level,
    formula_id,
    config_hash,
    as_of,
    load_id
from {{ ref('mart_demand') }}
order by partner_id, period_id
