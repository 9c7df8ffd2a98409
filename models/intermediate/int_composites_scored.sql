-- A person's composite: the mean of the dimensions both sides of the dyad have a view of, negative ones turned round.
with

persons as (

    select
        subject_id as dyad_id,
        construct_id as dimension,
        period_id,
        rater,
        respondent_id,
        case direction when 'negative' then 100 - score else score end as score
    from {{ ref('int_persons_scored') }}
    where kind = 'health_dimension'

),

shared as (

    select
        dyad_id,
        dimension,
        period_id
    from persons
    where rater in ('A_of_B', 'B_of_A')
    group by dyad_id, dimension, period_id
    having count(distinct rater) = 2

)

select
    dyad_id,
    period_id,
    persons.rater,
    persons.respondent_id,
    round(avg(persons.score), 9) as score
from persons
inner join shared using (dyad_id, dimension, period_id)
group by dyad_id, period_id, persons.rater, persons.respondent_id
