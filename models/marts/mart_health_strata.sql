select
    attribute,
    stratum,
    dimension,
    period_id,
    cast(n_dyads as integer) as n_dyads,
    cast(n_dyads_compared as integer) as n_dyads_compared,
    cast(n_respondents as integer) as n_respondents,
    score as mean_score,
    sd,
    ci_low,
    ci_high,
    case
        when n_dyads_compared < {{ var('min_dyads_modelled') }}
            then 'fewer than {{ var("min_dyads_modelled") }} dyads to compare'
        when n_dyads < 2 then 'one dyad'
    end as reason,
    {{ stamp('F2,F3') }}
from {{ ref('int_strata_estimated') }}
order by attribute, stratum, dimension, period_id
