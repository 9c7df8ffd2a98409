-- Counts of results, not of people.
with

cells as (

    select * from {{ ref('mart_contribution') }}

)

select
    indicator_id,
    period_id,
    rating,
    evidence_class,
    n_ratings,
    n_results,
    caution,
    false as is_suppressed,
    cast(null as varchar) as n_suppressed_reason,
    '{{ var("publish_level_partner") }}' as publish_level,
    formula_id,
    config_hash,
    as_of,
    load_id
from cells
order by indicator_id, period_id, rating, evidence_class
