-- Failure: a composite is not the plain mean of its dimensions (negative ones turned round): hidden weights.
with

dimensions as (

    select
        pairs.dyad_id,
        pairs.period_id,
        avg(
            case pairs.direction
                when 'negative' then 100 - (pairs.score_a_of_b + pairs.score_b_of_a) / 2
                else (pairs.score_a_of_b + pairs.score_b_of_a) / 2
            end
        ) as expected
    from {{ ref('int_sides_paired') }} as pairs
    where pairs.dimension != 'composite' and pairs.score_a_of_b is not null and pairs.score_b_of_a is not null
    group by pairs.dyad_id, pairs.period_id

)

select
    dyads.dyad_id,
    dyads.period_id,
    dyads.mean_of_sides
from {{ ref('mart_health_dyad') }} as dyads
inner join dimensions using (dyad_id, period_id)
where dyads.dimension = 'composite' and abs(dyads.mean_of_sides - dimensions.expected) > 1e-9
