-- What was reported, once per indicator, partner, other side, period and group, whoever reported it.
with

results as (

    select
        *,
        coalesce(disaggregation, 'total') as grouped_by
    from {{ ref('stg_results') }}
    where is_current and indicator_id is not null and partner_id is not null

),

dyads as (

    select * from {{ ref('stg_dyads') }}

),

-- Of an indicator outside indicators.csv, nobody says which of several units is the right one.
units as (

    select
        indicator_id,
        count(distinct lower(strip_accents(trim(unit)))) as n_units
    from results
    group by indicator_id

)

select
    results.indicator_id,
    results.partner_id,
    dyads.dyad_id,
    results.period_id,
    results.grouped_by as disaggregation,
    any_value(units.n_units) as n_units,
    any_value(results.unit) as unit,
    count(*) as n_rows,
    count(results.actual) as n_results,
    count(distinct results.actual) as n_actuals,
    max(results.actual) as actual,
    max(results.target) as sheet_target,
    max(results.baseline) as sheet_baseline,
    max(results.evidence_class) as evidence_class
from results
inner join units using (indicator_id)
left join dyads
    on
        least(results.partner_id, results.other_partner_id) = dyads.partner_a
        and greatest(results.partner_id, results.other_partner_id) = dyads.partner_b
group by results.indicator_id, results.partner_id, dyads.dyad_id, results.period_id, results.grouped_by
