-- A count of pairs.
with

cells as (

    select * from {{ ref('mart_baseline_coverage') }}

)

select
    scope,
    n_dyads,
    n_asked,
    n_true,
    true_share,
    ci_low,
    ci_high,
    false as is_suppressed,
    cast(null as varchar) as n_suppressed_reason,
    '{{ var("publish_level_partner") }}' as publish_level,
    formula_id,
    config_hash,
    as_of,
    load_id
from cells
