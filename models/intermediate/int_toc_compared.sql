-- What became of each arrow against the version before; an arrow that is gone has a row in the version that dropped it.
with

edges as (

    select
        *,
        case
            when missing_node is not null
                then 'the box ' || missing_node || ' is not in this version; add it to the boxes, or correct the arrow'
            when is_on_loop
                then
                    'the arrow is part of a circle, ' || from_node
                    || ' leads back to itself; take out the arrow of it that is wrong'
        end as held_reason
    from {{ ref('int_toc_judged') }}

),

versions as (

    select distinct
        version,
        version_before,
        reviewed_on
    from edges

),

there as (

    select
        edges.version,
        edges.version_before,
        edges.reviewed_on,
        edges.edge_id,
        edges.from_node,
        edges.to_node,
        edges.from_label,
        edges.to_label,
        edges.status,
        edges.evidence_ref,
        edges.reason,
        edges.held_reason,
        before.status as status_before,
        before.from_node as from_node_before,
        before.to_node as to_node_before,
        case
            when edges.version_before is null then 'first'
            when before.edge_id is null then 'added'
            when before.from_node != edges.from_node or before.to_node != edges.to_node then 'rewired'
            when before.status != edges.status then 'status'
            else 'same'
        end as change
    from edges
    left join edges as before
        on edges.version_before = before.version and edges.edge_id = before.edge_id

),

gone as (

    select
        versions.version,
        versions.version_before,
        versions.reviewed_on,
        before.edge_id,
        before.from_node,
        before.to_node,
        before.from_label,
        before.to_label,
        cast(null as varchar) as status,
        cast(null as varchar) as evidence_ref,
        cast(null as varchar) as reason,
        cast(null as varchar) as held_reason,
        before.status as status_before,
        before.from_node as from_node_before,
        before.to_node as to_node_before,
        'removed' as change
    from versions
    inner join edges as before on versions.version_before = before.version
    left join edges as now on versions.version = now.version and before.edge_id = now.edge_id
    where now.edge_id is null

)

select * from there
union all by name
select * from gone
