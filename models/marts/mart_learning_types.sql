with

types as (

    select * from {{ ref('int_types_aggregated') }}

),

coders as (

    select
        *,
        'all' as learning_type
    from {{ ref('int_types_estimated') }}

)

select
    types.learning_type,
    types.period_id,
    cast(types.claims as integer) as claims,
    cast(types.n_agencies as integer) as n_agencies,
    cast(types.n_local_organisations as integer) as n_local_organisations,
    cast(types.n_countries as integer) as n_countries,
    cast(types.n_used as integer) as n_used,
    cast(types.n_coded as integer) as n_coded,
    cast(coalesce(coders.n_double_coded, 0) as integer) as n_double_coded,
    coders.double_coded_share,
    coders.agreement,
    coders.kappa,
    coders.kappa_ci_low,
    coders.kappa_ci_high,
    coders.reason,
    {{ stamp('F29') }}
from types
left join coders using (learning_type, period_id)
order by types.learning_type, types.period_id
