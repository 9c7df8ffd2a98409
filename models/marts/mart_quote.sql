select
    text_id,
    question_id,
    code,
    period_id,
    words as quote,
    {{ stamp('F29') }}
from {{ ref('int_texts_coded') }}
where is_quotable and is_by_first and coalesce(is_by_second, true)
order by text_id, code
