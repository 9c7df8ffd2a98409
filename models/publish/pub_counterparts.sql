-- Exchanges are acts of organisations. Less the pairs that are seen, the count would tell of one that agreed to be seen
-- by fewer: it goes no further than the narrowest of the partner's pairs of the period.
with

cells as (

    select * from {{ ref('mart_counterparts') }}

),

pairs as (

    select distinct
        dyads.partner_a,
        dyads.partner_b,
        flows.period_id,
        {{ audience_rank('dyads.publish_level') }} as audience
    from {{ ref('mart_mutuality_dyad') }} as flows
    inner join {{ ref('dim_dyad') }} as dyads using (dyad_id)

),

sides as (

    select
        unnest([partner_a, partner_b]) as partner_id,
        period_id,
        audience
    from pairs

),

narrowest as (

    select
        partner_id,
        period_id,
        min(audience) as audience
    from sides
    group by partner_id, period_id

)

select
    cells.partner_id,
    cells.period_id,
    cells.partner_type,
    cells.n_counterparts,
    cells.n_counterpart_types,
    cells.n_other_type,
    cells.n_same_type,
    cells.ei_index,
    false as is_suppressed,
    cast(null as varchar) as n_suppressed_reason,
    {{ narrower_of_pair('narrowest.audience') }} as publish_level,
    cells.formula_id,
    cells.config_hash,
    cells.as_of,
    cells.load_id
from cells
left join narrowest using (partner_id, period_id)
order by cells.partner_id, cells.period_id
