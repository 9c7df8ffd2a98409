with

counted as (

    select * from {{ ref('int_turnover_counted') }}

),

tenures as (

    select * from {{ ref('int_tenures_estimated') }}

),

unresolved as (

    select count(distinct partner_raw) as n_names
    from {{ ref('stg_held_rows') }}
    where table_name = 'src_membership' and partner_id is null

)

select
    entity_kind,
    grouped_by,
    period_id,
    cast(counted.n_start as integer) as n_start,
    cast(counted.n_joined as integer) as n_joined,
    cast(counted.n_left as integer) as n_left,
    cast(counted.n_left_with_successor as integer) as n_left_with_successor,
    cast(counted.n_end as integer) as n_end,
    counted.n_left / nullif(counted.n_start, 0) as turnover_start,
    2 * counted.n_left / nullif(counted.n_start + counted.n_end, 0) as turnover_avg,
    counted.n_kept / nullif(counted.n_before, 0) as retained,
    counted.n_kept / nullif(counted.n_before + counted.n_end - counted.n_kept, 0) as jaccard,
    tenures.median_days as median_tenure_days,
    cast(tenures.n_open as integer) as n_open_spells,
    counted.leaving_reasons,
    cast((select n_names from unresolved) as integer) as n_unresolved_names,
    {{ stamp('F26,F27,F31') }}
from counted
left join tenures using (entity_kind, grouped_by, period_id)
order by entity_kind, grouped_by, period_id
