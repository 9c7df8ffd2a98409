select
    question_id,
    cycle_id,
    partnership_id,
    period_id,
    question,
    asked_by,
    cast(n_partners as integer) as n_partners,
    array_to_string(linked_partners, ', ') as linked_partners,
    status,
    status in ('open', 'advanced') as is_open,
    cast(confidence as integer) as confidence,
    answer_ref,
    asked_on,
    closed_on,
    cast(age_days as integer) as age_days,
    case when age_days is null then 'closed without a day' end as reason,
    {{ stamp('F31') }}
from {{ ref('int_questions_listed') }}
order by question_id
