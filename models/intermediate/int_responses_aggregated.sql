-- What actors did when they met the learning, by where they stand and all together.
with

responses as (

    select
        * exclude (actor_level),
        unnest([actor_level, 'all']) as actor_level
    from {{ ref('stg_actor_responses') }}
    where is_current and period_id is not null

)

select
    actor_level,
    period_id,
    count(*) as n_responses,
    count(*) filter (where valence > 0) as n_reinforcing,
    count(*) filter (where valence = 0) as n_neutral,
    count(*) filter (where valence < 0) as n_obstructive,
    count(distinct actor) as n_actors,
    count(strength) as n_strength_known,
    cast(sum(strength * sign(valence)) as double) as net_strength,
    cast(sum(strength) as double) as total_strength,
    round(avg(valence), 9) as mean_valence
from responses
group by actor_level, period_id
