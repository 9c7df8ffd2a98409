-- Variances, covariances and correlations of a cell's items (F4, F5), where enough people answered to publish them.
with

answers as (

    select * from {{ ref('int_items_answered') }}

),

persons as (

    select
        cell_id,
        respondent_id,
        count(*) as n_answered
    from answers
    group by cell_id, respondent_id

),

large as (

    select cell_id
    from persons
    group by cell_id
    having count(*) >= 20

),

sizes as (

    select
        cell_id,
        count(distinct item) as n_items
    from answers
    where cell_id in (select large.cell_id from large)
    group by cell_id
    having n_items >= 2

),

kept as (

    select answers.*
    from answers
    inner join sizes on answers.cell_id = sizes.cell_id
    inner join persons
        on
            answers.cell_id = persons.cell_id
            and answers.respondent_id = persons.respondent_id
            and ('{{ var("na_policy") }}' = 'pairwise' or sizes.n_items = persons.n_answered)

),

pairs as (

    select
        one.cell_id,
        one.item,
        other.item as other_item,
        count(*) as n_pairs,
        round(covar_samp(one.score, other.score), 8) as covariance,
        round(corr(one.score, other.score), 12) as correlation
    from kept as one
    inner join kept as other
        on one.cell_id = other.cell_id and one.respondent_id = other.respondent_id and one.item <= other.item
    group by one.cell_id, one.item, other.item

)

select
    sizes.cell_id,
    sizes.n_items as reliability_items,
    coalesce(min(pairs.n_pairs), 0) as reliability_n,
    list(pairs.covariance order by pairs.item, pairs.other_item) as covariances,
    list(pairs.correlation order by pairs.item, pairs.other_item) as correlations
from sizes
left join pairs on sizes.cell_id = pairs.cell_id
group by sizes.cell_id, sizes.n_items
