{%- set asked_of = {"listwise": "every item", "pairwise": "each pair of items"} -%}
-- Cells with everything that is said about a score, before suppression.
with

cells as (

    select * from {{ ref('int_scores_estimated') }}

),

reliability as (

    select * from {{ ref('int_reliability_estimated') }}

),

agreement as (

    select * from {{ ref('int_agreement_aggregated') }}

)

select
    cells.* exclude (n_invited),
    case
        when cells.ci_low is null then null
        when cells.n_invited >= cells.n_respondents then 't with finite population correction'
        else 't'
    end as ci_method,
    cells.n_invited,
    -- More answers than people asked: the count is wrong, not the rate.
    case when cells.n_invited >= cells.n_respondents then cells.n_respondents / cells.n_invited end as response_rate,
    reliability.alpha,
    reliability.alpha_ci_low,
    reliability.alpha_ci_high,
    reliability.omega,
    reliability.spearman_brown,
    reliability.reliability_n,
    case when reliability.cell_id is not null then '{{ var("na_policy") }}' end as na_policy,
    case
        when coalesce(reliability.alpha, reliability.spearman_brown) is not null then null
        when cells.n_items < 2 then 'a single item'
        when cells.n_respondents < 20 then 'fewer than 20 respondents'
        when coalesce(reliability.reliability_n, 0) < 20
            then 'fewer than 20 respondents answered {{ asked_of.get(var("na_policy")) }}'
        else 'the answers do not vary'
    end as reliability_reason,
    agreement.rwg_median
from cells
left join reliability on cells.cell_id = reliability.cell_id
left join agreement on cells.cell_id = agreement.cell_id
