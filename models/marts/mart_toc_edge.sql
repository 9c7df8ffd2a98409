with

edges as (

    select * from {{ ref('int_toc_compared') }}

),

-- A review lies in the period of its day.
reviews as (

    select distinct
        version,
        reviewed_on,
        date_trunc('month', reviewed_on) as month
    from edges

),

months as (

    select
        period_id,
        starts_on,
        ends_on,
        unnest(generate_series(date_trunc('month', starts_on), ends_on, interval 1 month)) as month
    from {{ ref('stg_periods') }}

),

periods as (

    select
        reviews.version,
        max(months.period_id) as period_id
    from reviews
    inner join months
        on reviews.month = months.month and reviews.reviewed_on between months.starts_on and months.ends_on
    group by reviews.version

)

select
    edges.version,
    edges.edge_id,
    periods.period_id,
    edges.reviewed_on,
    edges.version_before,
    edges.from_node,
    edges.from_label,
    edges.to_node,
    edges.to_label,
    edges.status,
    edges.status_before,
    edges.change,
    edges.from_node_before,
    edges.to_node_before,
    edges.evidence_ref,
    edges.reason,
    edges.held_reason is not null as is_held,
    edges.held_reason,
    {{ stamp('F8') }}
from edges
inner join periods using (version)
order by edges.reviewed_on, edges.version, edges.edge_id
