select
    story_id,
    period_id,
    teller_id,
    learner_partner_id,
    source_partner_id,
    direction,
    is_anticipated,
    cast(rung as integer) as rung,
    is_verified,
    is_publishable,
    case when is_publishable then title end as title,
    case when is_publishable then story end as story,
    {{ stamp('F30') }}
from {{ ref('int_stories_directed') }}
order by story_id
