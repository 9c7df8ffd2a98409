select
    source,
    advice_id,
    partner_id,
    period_id,
    given_by,
    topic,
    first_given_on,
    cast(times_given as integer) as times_given,
    cast(times_given_in_all as integer) as times_given_in_all,
    accepted_on,
    accepted_after,
    is_accepted,
    cast(n_days as integer) as n_days,
    {{ stamp('F31') }}
from {{ ref('int_advice_followed') }}
order by source, advice_id, partner_id
