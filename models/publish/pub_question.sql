-- Registers of organisations are not about persons; a partnership's go as far as its partners agreed.
with

found as (

    select * from {{ ref('mart_question') }}

),

partnerships as (

    select
        partnership_id,
        publish_level
    from {{ ref('dim_partnership') }}

)

select
    found.question_id,
    found.cycle_id,
    found.partnership_id,
    found.period_id,
    found.question,
    found.asked_by,
    found.n_partners,
    found.linked_partners,
    found.status,
    found.is_open,
    found.confidence,
    found.answer_ref,
    found.asked_on,
    found.closed_on,
    found.age_days,
    found.reason,
    false as is_suppressed,
    cast(null as varchar) as n_suppressed_reason,
    case
        when found.partnership_id is null then '{{ var("publish_level_partner") }}'
        else coalesce(partnerships.publish_level, 'internal')
    end as publish_level,
    found.formula_id,
    found.config_hash,
    found.as_of,
    found.load_id
from found
left join partnerships on found.partnership_id = partnerships.partnership_id
order by found.question_id
