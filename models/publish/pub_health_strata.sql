-- Made of published rows only: whoever sees a stratum sees each of its dyads as well, so nothing hidden can be had from
-- it by subtraction. Dyads hidden for few respondents, or agreed for a narrower audience, are in no stratum.
with

health as (

    select * from {{ ref('pub_health_dyad') }}
    where
        not is_suppressed
        and mean_of_sides is not null
        and publish_level in ('funder', 'public')

),

strata as (

    select * from {{ ref('int_strata_listed') }}

)

select
    strata.attribute,
    strata.stratum,
    health.dimension,
    health.period_id,
    cast(count(*) as integer) as n_dyads,
    cast(sum(health.n_respondents) as integer) as n_respondents,
    round(avg(health.mean_of_sides), 9) as mean_score,
    round(stddev_samp(health.mean_of_sides), 9) as sd,
    false as is_suppressed,
    cast(null as varchar) as n_suppressed_reason,
    'funder' as publish_level,
    {{ stamp('F2') }}
from health
inner join strata using (dyad_id)
group by strata.attribute, strata.stratum, health.dimension, health.period_id
order by strata.attribute, strata.stratum, health.dimension, health.period_id
