-- Every lag of every dimension is there, estimable or not: nothing is picked.
with

dimensions as (

    select construct_id as dimension
    from {{ ref('stg_constructs') }}
    where kind = 'health_dimension'
    union
    select 'composite' as dimension

),

lags as (

    select unnest([0, 1, 2]) as lag

),

wanted as (

    select
        'health_result' as association,
        dimensions.dimension,
        lags.lag
    from dimensions
    cross join lags
    union all
    select
        'contacts_trust' as association,
        'trust' as dimension,
        lags.lag
    from lags

),

estimated as (

    select * from {{ ref('int_associations_estimated') }}
    where seen = 'all'

)

select
    'alliance' as scope,
    wanted.association,
    wanted.dimension,
    cast(wanted.lag as integer) as lag,
    cast(coalesce(estimated.n_dyads, 0) as integer) as n_dyads,
    cast(coalesce(estimated.n_pairs, 0) as integer) as n_pairs,
    estimated.rho,
    estimated.ci_low,
    estimated.ci_high,
    estimated.rm_r,
    estimated.rm_ci_low,
    estimated.rm_ci_high,
    'Spearman between the means of dyads (Bonett-Wright); repeated-measures correlation within dyads' as method,
    {{ associated('estimated') }},
    'association, not cause' as caution,
    {{ stamp('F35,F36,F37') }}
from wanted
left join estimated using (association, dimension, lag)
order by wanted.association, wanted.dimension, wanted.lag
