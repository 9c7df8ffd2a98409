-- The equations an outsider could solve (F40 ii): which published numbers of respondents are the sum of which others.
-- A cell of one unit says nothing about another unit; its items (topics, statements) are hidden together, since the
-- same people answered them.
with

countries as (

    select
        partners.partner_id,
        partners.country,
        needs.period_id
    from {{ ref('dim_partner') }} as partners
    inner join {{ ref('mart_needs_baseline') }} as needs
        on case when needs.scope = 'country' then needs.scope_id end = partners.country
    group by all

),

-- The alliance is its countries, and its partners of no country; a country is its partners.
needs as (

    select
        'needs' as family,
        needs.period_id as unit,
        needs.scope || ' ' || needs.scope_id as cell,
        case needs.scope
            when 'partner' then coalesce('country ' || countries.country, 'alliance alliance')
            when 'country' then 'alliance alliance'
        end as parent,
        needs.topic as item,
        needs.n_respondents as n
    from {{ ref('mart_needs_baseline') }} as needs
    left join countries
        on
            case when needs.scope = 'partner' then needs.scope_id end = countries.partner_id
            and needs.period_id = countries.period_id

),

-- A period is its events.
feedback as (

    select
        'feedback' as family,
        period_id as unit,
        event_id as cell,
        case when event_id != 'all' then 'all' end as parent,
        item,
        n_respondents as n
    from {{ ref('mart_feedback') }}

),

-- The alliance is its partners; the scale is the mean of its items.
entries as (

    select
        'entries' as family,
        'all' as unit,
        scope || ' ' || scope_id as cell,
        case when scope = 'partner' then 'alliance alliance' end as parent,
        item,
        n_respondents as n
    from {{ ref('int_entries_estimated') }}

)

select * from needs
union all by name
select * from feedback
union all by name
select * from entries
