-- How wide each demand is, and what became of the codes of the one before (F27).
with

codes as (

    select * from {{ ref('int_demands_coded') }}

),

counted as (

    select
        partner_id,
        period_id,
        any_value(period_id_prev) as period_id_prev,
        count(*) as n_codes,
        sum(n_statements) as n_statements,
        count(*) filter (where not is_new) as n_kept,
        count(*) filter (where is_new) as n_new
    from codes
    group by partner_id, period_id

)

select
    counted.partner_id,
    counted.period_id,
    counted.period_id_prev,
    counted.n_statements,
    counted.n_codes,
    case when before.n_codes is not null then counted.n_kept end as n_kept,
    case when before.n_codes is not null then counted.n_new end as n_new,
    before.n_codes - counted.n_kept as n_dropped,
    counted.n_codes - before.n_codes as widened_by,
    counted.n_kept / (counted.n_codes + before.n_codes - counted.n_kept) as jaccard_prev
from counted
left join counted as before
    on counted.partner_id = before.partner_id and counted.period_id_prev = before.period_id
