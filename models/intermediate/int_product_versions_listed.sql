-- Every version of a product once, whatever the number of its authors and of the files they stand in.
with

authorships as (

    select
        *,
        coalesce(version, '1') as product_version
    from {{ ref('stg_authorships') }}
    where is_current and product_id is not null

),

versions as (

    select
        product_id,
        product_version as version,
        min(cycle_id) as cycle_id,
        min(partnership_id) as partnership_id,
        min(type) as type,
        min(title) as title,
        min(status) as status,
        min(parent_version) as parent_version,
        min(result_ref) as result_ref,
        min(licence) as licence,
        min(finished_on) as finished_on,
        min(period_id) as period_id,
        count(distinct partner_id) as n_authors
    from authorships
    group by product_id, product_version

),

places as (

    select distinct
        product_id,
        product_version as version,
        lower(trim(unnest(string_split(context, ';')))) as place
    from authorships

),

tested as (

    select
        product_id,
        version,
        list(place order by place) as contexts
    from places
    where place != ''
    group by product_id, version

),

keyed as (

    select
        versions.*,
        tested.contexts,
        versions.product_id || '@' || versions.version as version_key
    from versions
    left join tested on versions.product_id = tested.product_id and versions.version = tested.version

)

-- A parent is a version of the same product, or product@version of another
select
    keyed.product_id,
    keyed.version,
    keyed.cycle_id,
    coalesce(keyed.partnership_id, cycles.partnership_id) as partnership_id,
    keyed.type,
    keyed.title,
    keyed.status,
    keyed.parent_version,
    keyed.result_ref,
    keyed.licence,
    keyed.finished_on,
    keyed.period_id,
    keyed.n_authors,
    keyed.contexts,
    keyed.version_key,
    case
        when contains(keyed.parent_version, '@') then keyed.parent_version
        else keyed.product_id || '@' || keyed.parent_version
    end as parent_key,
    coalesce(
        keyed.status in ('tested', 'published'),
        keyed.finished_on <= cast('{{ var("as_of") }}' as date)
    ) as is_delivered
from keyed
left join {{ ref('int_cycles_listed') }} as cycles on keyed.cycle_id = cycles.cycle_id
