-- Each two roles side by side, in alphabetical order.
with

cells as (

    select * from {{ ref('int_expectations_aggregated') }}

)

select
    one.construct_id,
    one.period_id,
    one.role as role_a,
    other.role as role_b,
    one.n as n_a,
    other.n as n_b,
    one.score as score_a,
    other.score as score_b,
    one.sd as sd_a,
    other.sd as sd_b,
    one.rwg as rwg_a,
    other.rwg as rwg_b
from cells as one
inner join cells as other
    on one.construct_id = other.construct_id and one.period_id = other.period_id and one.role < other.role
