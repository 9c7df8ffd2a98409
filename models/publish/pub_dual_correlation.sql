-- Of the pairs that the published tables show: from those of all pairs, and the shown ones, a hidden one could be told.
with

cells as (

    select * from {{ ref('mart_dual_correlation') }}

),

shown as (

    select * from {{ ref('int_associations_estimated') }}
    where seen = 'shown'

)

select
    cells.scope,
    cells.association,
    cells.dimension,
    cells.lag,
    cast(coalesce(shown.n_dyads, 0) as integer) as n_dyads,
    cast(coalesce(shown.n_pairs, 0) as integer) as n_pairs,
    shown.rho,
    shown.ci_low,
    shown.ci_high,
    shown.rm_r,
    shown.rm_ci_low,
    shown.rm_ci_high,
    cells.method,
    {{ associated('shown') }},
    cells.caution,
    false as is_suppressed,
    cast(null as varchar) as n_suppressed_reason,
    '{{ var("publish_level_partner") }}' as publish_level,
    cells.formula_id,
    cells.config_hash,
    cells.as_of,
    cells.load_id
from cells
left join shown using (association, dimension, lag)
order by cells.association, cells.dimension, cells.lag
