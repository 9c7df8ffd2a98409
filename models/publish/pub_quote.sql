-- Only words whose author agreed, which a coder found to name nobody, and of a question many enough answered.
with

quotes as (

    select * from {{ ref('mart_quote') }}

),

codings as (

    select * from {{ ref('pub_coding') }}

)

select
    quotes.text_id,
    quotes.question_id,
    quotes.code,
    quotes.period_id,
    quotes.quote,
    false as is_suppressed,
    cast(null as varchar) as n_suppressed_reason,
    '{{ var("publish_level_partner") }}' as publish_level,
    quotes.formula_id,
    quotes.config_hash,
    quotes.as_of,
    quotes.load_id
from quotes
inner join codings using (question_id, code, period_id)
where not codings.is_suppressed or quotes.question_id = 'story'
order by quotes.text_id, quotes.code
