-- Each arrow of each version with what its ends say, and which version came before.
with

versions as (

    select
        version,
        max(reviewed_on) as reviewed_on
    from (
        select
            version,
            reviewed_on
        from {{ ref('stg_toc_nodes') }}
        where is_current and version is not null
        union all
        select
            version,
            reviewed_on
        from {{ ref('stg_toc_edges') }}
        where is_current and version is not null
    )
    group by version

),

ordered as (

    select
        version,
        reviewed_on,
        lag(version) over (order by reviewed_on, version) as version_before
    from versions

),

nodes as (

    select
        version,
        node_id,
        min(label) as label
    from {{ ref('stg_toc_nodes') }}
    where is_current
    group by version, node_id

),

edges as (

    select * from {{ ref('stg_toc_edges') }}
    where is_current
    qualify row_number() over (partition by version, edge_id order by entry_id) = 1

)

select
    edges.version,
    ordered.version_before,
    ordered.reviewed_on,
    edges.edge_id,
    edges.from_node,
    edges.to_node,
    beginning.label as from_label,
    ending.label as to_label,
    edges.status,
    edges.evidence_ref,
    edges.reason,
    case
        when beginning.node_id is null then edges.from_node
        when ending.node_id is null then edges.to_node
    end as missing_node
from edges
inner join ordered using (version)
left join nodes as beginning on edges.version = beginning.version and edges.from_node = beginning.node_id
left join nodes as ending on edges.version = ending.version and edges.to_node = ending.node_id
