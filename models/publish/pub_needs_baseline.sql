-- F40: besides small groups, a large one goes where its absence from a total would show what a small one said.
with

cells as (

    select
        * exclude (is_suppressed, n_suppressed_reason),
        min(n_respondents) over (partition by scope, scope_id, period_id) as n_least
    from {{ ref('mart_needs_baseline') }}

),

groups as (

    select
        cells.scope,
        cells.scope_id,
        cells.period_id,
        any_value(cells.n_least) as n,
        coalesce(any_value(partners.country), any_value(cells.scope_id)) as country,
        {{ too_few('any_value(cells.n_least)', var('min_n_published')) }} as is_small
    from cells
    left join {{ ref('dim_partner') }} as partners
        on case when cells.scope = 'partner' then cells.scope_id end = partners.partner_id
    where cells.scope != 'alliance'
    group by cells.scope, cells.scope_id, cells.period_id

),

placed as (

    select
        *,
        row_number() over (partition by scope, country, period_id, is_small order by n, scope_id) as place_in_country,
        sum(n) filter (where is_small) over (partition by scope, country, period_id) as n_small_in_country
    from groups

),

-- Countries: the whole less those shown must not leave fewer people than may be shown.
of_alliance as (

    select
        *,
        row_number() over (partition by period_id, is_small order by n, scope_id) as place,
        sum(n) filter (where is_small) over (partition by period_id) as n_small
    from groups
    where scope = 'country' or country = scope_id -- a partner of no country stands for itself

),

countries as (

    select
        *,
        is_small or (place = 1 and coalesce(n_small < {{ var('min_n_published') }}, false)) as is_hidden
    from of_alliance

),

-- Partners: the same inside each country; a country hidden for another's sake hides one of its partners too.
partners as (

    select
        placed.*,
        placed.is_small
        or (
            placed.place_in_country = 1
            and coalesce(placed.n_small_in_country < {{ var('min_n_published') }}, countries.is_hidden, false)
        ) as is_hidden
    from placed
    left join countries on placed.country = countries.scope_id and placed.period_id = countries.period_id
    where placed.scope = 'partner'

),

judged as (

    select
        scope,
        scope_id,
        period_id,
        is_small,
        is_hidden
    from countries
    where scope = 'country'
    union all
    select
        scope,
        scope_id,
        period_id,
        is_small,
        is_hidden
    from partners

),

hidden as (

    select
        cells.*,
        coalesce(judged.is_small, {{ too_few('cells.n_least', var('min_n_published')) }}) as is_small,
        coalesce(judged.is_hidden, {{ too_few('cells.n_least', var('min_n_published')) }}) as is_suppressed
    from cells
    left join judged using (scope, scope_id, period_id)

)

select
    scope,
    scope_id,
    topic,
    period_id,
    {{ shown(['n_partners', 'n_respondents']) }},
    {{ shown(needs_values()) }},
    case when not is_suppressed then reason end as reason,
    frozen_on,
    is_suppressed,
    case
        when is_small then 'fewer than {{ var("min_n_published") }} respondents'
        when is_suppressed then 'would show what a smaller group said'
    end as n_suppressed_reason,
    '{{ var("publish_level_partner") }}' as publish_level,
    formula_id,
    config_hash,
    as_of,
    load_id
from hidden
order by scope, scope_id, period_id, topic
