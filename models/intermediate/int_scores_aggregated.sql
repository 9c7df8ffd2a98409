-- Persons to cells: mean and spread (F2) and the count above the threshold (F7).
with

persons as (

    select * from {{ ref('int_persons_scored') }}

),

cells as (

    select
        kind,
        subject_id,
        construct_id,
        level,
        rater,
        period_id,
        any_value(direction) as direction,
        list_sort(list_distinct(flatten(list(instruments)))) as instruments,
        list_sort(list_distinct(flatten(list(form_versions)))) as form_versions,
        len(list_distinct(flatten(list(items)))) as n_items,
        quantile_disc(n_answered, 0.5) as n_items_median_answered,
        count(*) as n_respondents,
        round(avg(score), 9) as score,
        round(stddev_samp(score), 9) as sd,
        -- For a negative dimension (mistrust) a low score is the positive answer.
        count(*) filter (
            where case
                when direction = 'negative' then 100 - score
                else score
            end >= {{ var('positive_from') }}
        ) as n_positive
    from persons
    group by all

)

select * from cells
