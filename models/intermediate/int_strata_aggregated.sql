-- Health of the dyads of each stratum, one voice per dyad; how many dyads the whole comparison has.
with

strata as (

    select * from {{ ref('int_strata_listed') }}

),

health as (

    select * from {{ ref('mart_health_dyad') }}
    where mean_of_sides is not null

),

compared as (

    select
        strata.attribute,
        health.dimension,
        health.period_id,
        count(distinct health.dyad_id) as n_dyads_compared
    from health
    inner join strata using (dyad_id)
    group by all

),

cells as (

    select
        strata.attribute,
        strata.stratum,
        health.dimension,
        health.period_id,
        count(*) as n_dyads,
        sum(health.n_respondents) as n_respondents,
        round(avg(health.mean_of_sides), 9) as score,
        round(stddev_samp(health.mean_of_sides), 9) as sd
    from health
    inner join strata using (dyad_id)
    group by all

)

select
    cells.*,
    compared.n_dyads_compared
from cells
inner join compared using (attribute, dimension, period_id)
