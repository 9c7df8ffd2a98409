-- Each coded text and code under its question and under all questions.
with

texts as (

    select * from {{ ref('int_texts_coded') }}

)

select
    * exclude (question_id),
    unnest([question_id, 'all']) as question_id
from texts
