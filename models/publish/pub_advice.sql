-- What organisations tell each other is not about people; it goes as far as a partner's own figures.
select
    source,
    advice_id,
    partner_id,
    period_id,
    given_by,
    topic,
    first_given_on,
    times_given,
    times_given_in_all,
    accepted_on,
    accepted_after,
    is_accepted,
    n_days,
    false as is_suppressed,
    cast(null as varchar) as n_suppressed_reason,
    '{{ var("publish_level_partner") }}' as publish_level,
    formula_id,
    config_hash,
    as_of,
    load_id
from {{ ref('mart_advice') }}
order by source, advice_id, partner_id
