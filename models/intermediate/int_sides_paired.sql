-- The views of a dyad side by side, by dimension and in a composite; a side that did not answer stays empty.
with

cells as (

    select
        cells.*,
        agreement.rwg_median,
        case cells.direction when 'negative' then 100 - cells.score else cells.score end as favourable
    from {{ ref('int_scores_aggregated') }} as cells
    left join {{ ref('int_agreement_aggregated') }} as agreement using (cell_id)
    where cells.kind = 'health_dimension'

),

pairs as (

    select
        subject_id as dyad_id,
        construct_id as dimension,
        period_id,
        any_value(direction) as direction,
        any_value(framework_version) as framework_version,
        coalesce(max(n_respondents) filter (where rater = 'A_of_B'), 0) as n_a_of_b,
        max(score) filter (where rater = 'A_of_B') as score_a_of_b,
        max(favourable) filter (where rater = 'A_of_B') as favourable_a,
        max(sd) filter (where rater = 'A_of_B') as sd_a_of_b,
        max(rwg_median) filter (where rater = 'A_of_B') as rwg_a,
        coalesce(max(n_respondents) filter (where rater = 'B_of_A'), 0) as n_b_of_a,
        max(score) filter (where rater = 'B_of_A') as score_b_of_a,
        max(favourable) filter (where rater = 'B_of_A') as favourable_b,
        max(sd) filter (where rater = 'B_of_A') as sd_b_of_a,
        max(rwg_median) filter (where rater = 'B_of_A') as rwg_b,
        coalesce(max(n_respondents) filter (where rater = 'third'), 0) as n_third,
        max(score) filter (where rater = 'third') as score_third,
        max(favourable) filter (where rater = 'third') as favourable_third
    from cells
    group by all

),

-- The spread between people: the dimensions of one person go together, so theirs cannot be added up.
spread as (

    select
        dyad_id,
        period_id,
        count(*) filter (where rater = 'A_of_B') as n_persons_a,
        round(stddev_samp(score) filter (where rater = 'A_of_B'), 9) as sd_a_of_b,
        count(*) filter (where rater = 'B_of_A') as n_persons_b,
        round(stddev_samp(score) filter (where rater = 'B_of_A'), 9) as sd_b_of_a
    from {{ ref('int_composites_scored') }}
    group by dyad_id, period_id

),

-- Only dimensions both sides have a view of. The fewest respondents of any dimension decide: from a composite a hidden
-- dimension could be worked out.
composites as (

    select
        dyad_id,
        'composite' as dimension,
        period_id,
        'positive' as direction,
        any_value(framework_version) as framework_version,
        min(n_a_of_b) as n_a_of_b,
        min(n_b_of_a) as n_b_of_a,
        min(n_third) as n_third,
        round(avg(favourable_a), 10) as score_a_of_b,
        round(avg(favourable_b), 10) as score_b_of_a,
        case when min(n_third) > 0 then round(avg(favourable_third), 10) end as score_third,
        arg_min(dimension, ((favourable_a + favourable_b) / 2, dimension)) as weakest_dimension
    from pairs
    where favourable_a is not null and favourable_b is not null
    group by dyad_id, period_id

)

select
    * exclude (favourable_a, favourable_b, favourable_third),
    n_a_of_b as n_persons_a,
    n_b_of_a as n_persons_b
from pairs
union all by name
select
    composites.*,
    spread.* exclude (dyad_id, period_id)
from composites
inner join spread using (dyad_id, period_id)
