with

cells as (

    select * from {{ ref('int_assessments_estimated') }}

),

dyads as (

    select
        dyad_id,
        partner_a,
        partner_b
    from {{ ref('stg_dyads') }}

)

select
    cells.scope,
    cells.assessor_id,
    cells.assessed_id,
    dyads.dyad_id,
    cells.criterion,
    cells.period_id,
    cast(cells.n_assessments as integer) as n_assessments,
    cast(cells.n_pairs as integer) as n_pairs,
    cells.score_self as self_score,
    cells.score_peer as peer_score,
    cells.gap,
    cells.gap_ci_low,
    cells.gap_ci_high,
    cast(cells.n_agreed as integer) as n_agreed,
    cast(cells.n_done as integer) as n_done,
    cells.n_done / nullif(cells.n_agreed, 0) as follow_through,
    cells.follow_through_ci_low,
    cells.follow_through_ci_high,
    case when cells.scope = 'alliance' then cells.icc1 end as icc1,
    case when cells.scope = 'alliance' then cells.icc1k end as icc1k,
    cells.is_reciprocal,
    cells.reciprocal_pair_ratio,
    cast(cells.n_tied_to_funding as integer) as n_tied_to_funding,
    case
        when cells.criterion = 'all' then 'scores of unlike criteria are not averaged'
        when cells.gap is null then 'no self score'
        when cells.gap_ci_low is null then 'fewer than two scores of a side'
    end as reason,
    {{ stamp('F1,F6,F8,F15,F17') }}
from cells
left join dyads
    on
        least(cells.assessor_id, cells.assessed_id) = dyads.partner_a
        and greatest(cells.assessor_id, cells.assessed_id) = dyads.partner_b
order by cells.scope, cells.assessor_id, cells.assessed_id, cells.criterion, cells.period_id
