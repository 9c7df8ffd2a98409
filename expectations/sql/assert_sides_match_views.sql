-- Failure: the dyad table shows another score for a side than the side's own row; two tables of a report disagree.
select
    dyads.dyad_id,
    dyads.dimension,
    dyads.period_id
from {{ ref('mart_health_dyad') }} as dyads
inner join {{ ref('mart_partnership_health') }} as views
    on
        dyads.dyad_id = views.dyad_id
        and dyads.dimension = views.dimension
        and dyads.period_id = views.period_id
where
    (views.rater_side = 'A_of_B' and abs(dyads.score_a_of_b - views.score) > 1e-9)
    or (views.rater_side = 'B_of_A' and abs(dyads.score_b_of_a - views.score) > 1e-9)
    or abs(dyads.mean_of_sides - (dyads.score_a_of_b + dyads.score_b_of_a) / 2) > 1e-9
    or dyads.min_of_sides != least(dyads.score_a_of_b, dyads.score_b_of_a)
