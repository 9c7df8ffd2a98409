with

covered as (

    select * from {{ ref('int_baselines_covered') }}

)

select
    'alliance' as scope,
    cast(n_dyads as integer) as n_dyads,
    cast(n_asked as integer) as n_asked,
    cast(n_true as integer) as n_true,
    n_true / nullif(n_dyads, 0) as true_share,
    ci_low,
    ci_high,
    {{ stamp('F8') }}
from covered
