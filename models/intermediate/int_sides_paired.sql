-- Both views of a dyad side by side; a side that did not answer stays empty.
with

cells as (

    select * from {{ ref('int_scores_aggregated') }}
    where kind = 'health_dimension' and rater in ('A_of_B', 'B_of_A')

),

pairs as (

    select
        subject_id as dyad_id,
        construct_id as dimension,
        period_id,
        any_value(direction) as direction,
        coalesce(max(n_respondents) filter (where rater = 'A_of_B'), 0) as n_a_of_b,
        max(score) filter (where rater = 'A_of_B') as score_a_of_b,
        max(sd) filter (where rater = 'A_of_B') as sd_a_of_b,
        coalesce(max(n_respondents) filter (where rater = 'B_of_A'), 0) as n_b_of_a,
        max(score) filter (where rater = 'B_of_A') as score_b_of_a,
        max(sd) filter (where rater = 'B_of_A') as sd_b_of_a
    from cells
    group by all

)

select * from pairs
