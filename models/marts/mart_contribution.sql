-- Counts only: a rating is what somebody thinks, with the evidence there is. No share is called an effect.
with

ratings as (

    select * from {{ ref('stg_contributions') }}
    where is_current and indicator_id is not null and partner_id is not null and period_id is not null

)

select
    indicator_id,
    period_id,
    rating,
    coalesce(evidence_class, 0) as evidence_class,
    cast(count(*) as integer) as n_ratings,
    cast(count(distinct concat_ws('--', partner_id, other_partner_id)) as integer) as n_results,
    'what people say contributed; not how much was caused' as caution,
    {{ stamp('none') }}
from ratings
where rating is not null
group by indicator_id, period_id, rating, coalesce(evidence_class, 0)
order by indicator_id, period_id, rating, evidence_class
