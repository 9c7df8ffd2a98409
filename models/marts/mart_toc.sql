with

edges as (

    select * from {{ ref('mart_toc_edge') }}

),

counted as (

    select
        version,
        any_value(period_id) as period_id,
        any_value(reviewed_on) as reviewed_on,
        any_value(version_before) as version_before,
        count(*) filter (where status is not null and not is_held) as n_edges,
        count(*) filter (where status = 'assumed' and not is_held) as edges_assumed,
        count(*) filter (where status = 'supported' and not is_held) as edges_supported,
        count(*) filter (where status = 'contradicted' and not is_held) as edges_contradicted,
        count(*) filter (where is_held) as edges_held,
        count(*) filter (where change = 'added') as edges_added,
        count(*) filter (where change = 'removed') as edges_removed,
        count(*) filter (where change in ('status', 'rewired')) as edges_revised,
        count(*) filter (where change in ('added', 'status', 'rewired') and evidence_ref is not null)
            as revisions_with_evidence
    from edges
    group by version

),

nodes as (

    select
        version,
        count(distinct node_id) as n_nodes
    from {{ ref('stg_toc_nodes') }}
    where is_current
    group by version

)

select
    counted.version,
    counted.period_id,
    counted.reviewed_on,
    counted.version_before,
    cast(coalesce(nodes.n_nodes, 0) as integer) as n_nodes,
    cast(counted.n_edges as integer) as n_edges,
    cast(counted.edges_assumed as integer) as edges_assumed,
    cast(counted.edges_supported as integer) as edges_supported,
    cast(counted.edges_contradicted as integer) as edges_contradicted,
    counted.edges_assumed / nullif(counted.n_edges, 0) as assumed_share,
    counted.edges_supported / nullif(counted.n_edges, 0) as supported_share,
    counted.edges_contradicted / nullif(counted.n_edges, 0) as contradicted_share,
    cast(counted.edges_held as integer) as edges_held,
    case when counted.version_before is not null then cast(counted.edges_added as integer) end as edges_added,
    case when counted.version_before is not null then cast(counted.edges_removed as integer) end as edges_removed,
    case when counted.version_before is not null then cast(counted.edges_revised as integer) end as edges_revised,
    case
        when counted.version_before is not null
            then cast(counted.edges_added + counted.edges_removed + counted.edges_revised as integer)
    end as edges_changed,
    cast(date_diff('day', counted.reviewed_on, coalesce(
        lead(counted.reviewed_on) over (order by counted.reviewed_on, counted.version),
        cast('{{ var("as_of") }}' as date)
    )) as integer) as days_since_review,
    case when counted.version_before is not null then cast(counted.revisions_with_evidence as integer) end
        as revisions_with_evidence,
    counted.revisions_with_evidence / nullif(
        case when counted.version_before is not null then counted.edges_added + counted.edges_revised end, 0
    ) as revisions_with_evidence_share,
    case when counted.version_before is null then 'no version before to compare with' end as reason,
    {{ stamp('F8') }}
from counted
left join nodes using (version)
order by counted.reviewed_on, counted.version
