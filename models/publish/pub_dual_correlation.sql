-- Of the whole alliance; no pair can be told from it.
with

cells as (

    select * from {{ ref('mart_dual_correlation') }}

)

select
    scope,
    association,
    dimension,
    lag,
    n_dyads,
    n_pairs,
    rho,
    ci_low,
    ci_high,
    rm_r,
    rm_ci_low,
    rm_ci_high,
    method,
    estimable,
    reason,
    caution,
    false as is_suppressed,
    cast(null as varchar) as n_suppressed_reason,
    '{{ var("publish_level_partner") }}' as publish_level,
    formula_id,
    config_hash,
    as_of,
    load_id
from cells
order by association, dimension, lag
