-- Failure: a side hidden in pub_partnership_health can be read from the dyad's mean, minimum, gap or composite.
select
    dyads.dyad_id,
    dyads.dimension,
    dyads.period_id
from {{ ref('pub_health_dyad') }} as dyads
inner join {{ ref('pub_partnership_health') }} as views
    on
        dyads.dyad_id = views.dyad_id
        and dyads.period_id = views.period_id
        and dyads.dimension = views.dimension
where
    views.is_suppressed
    and views.rater_side in ('A_of_B', 'B_of_A')
    and coalesce(dyads.score_a_of_b, dyads.score_b_of_a, dyads.mean_of_sides, dyads.min_of_sides, dyads.gap) is not null
