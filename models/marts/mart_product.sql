with

own as (

    select
        version_key,
        coalesce(len(contexts), 0) as n_own_contexts
    from {{ ref('int_product_versions_listed') }}

)

select
    products.product_id,
    products.version,
    products.version_key,
    products.cycle_id,
    products.partnership_id,
    products.period_id,
    products.type,
    products.title,
    products.status,
    products.is_delivered,
    products.finished_on,
    cast(products.n_authors as integer) as n_authors,
    products.parent_key as parent_version_key,
    products.root_key as root_version_key,
    cast(products.lineage_depth as integer) as lineage_depth,
    cast(products.n_contexts as integer) as n_contexts,
    cast(own.n_own_contexts as integer) as n_own_contexts,
    products.result_ref,
    products.licence,
    products.reason,
    {{ stamp('F8') }}
from {{ ref('int_products_traced') }} as products
inner join own using (version_key)
order by products.product_id, products.version
