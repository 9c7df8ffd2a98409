-- How many texts carry each code. What two coders see differently is disputed and carries it not.
with

texts as (

    select * from {{ ref('int_codings_celled') }}

)

select
    question_id,
    code,
    period_id,
    any_value(label) as label,
    count(*) as n_coded,
    count(distinct teller_id) as n_respondents,
    count(*) filter (where is_by_first and coalesce(is_by_second, true)) as n_with_code,
    count(*) filter (where is_by_first != is_by_second) as n_disputed
from texts
group by question_id, code, period_id
