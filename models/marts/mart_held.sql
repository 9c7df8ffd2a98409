with

problems as (

    select * from {{ ref('int_held_problems') }}

),

scoped as (

    select
        'alliance' as scope,
        'alliance' as scope_id,
        problems.*
    from problems

    union all

    select
        'rule' as scope,
        problems.table_name || '.' || problems.rule_id as scope_id,
        problems.*
    from problems

    union all

    select
        'partner' as scope,
        problems.partner_id as scope_id,
        problems.*
    from problems
    where problems.partner_id is not null

    union all

    select
        'source' as scope,
        problems.source as scope_id,
        problems.*
    from problems

),

aged as (

    select
        *,
        state in ('held', 'returned') as is_open,
        state = 'fixed' as is_fixed,
        greatest(date_diff('day', first_seen_on, cast('{{ var("as_of") }}' as date)), 0) as age_days,
        date_diff('day', first_seen_on, changed_on) as days_to_change
    from scoped

)

select
    scope,
    scope_id,
    cast(count(*) as integer) as n_problems,
    cast(count(*) filter (is_open) as integer) as n_open,
    cast(count(*) filter (state = 'returned') as integer) as n_waiting_for_partner,
    cast(count(*) filter (is_fixed) as integer) as n_fixed,
    cast(count(*) filter (state = 'accepted') as integer) as n_accepted,
    cast(count(*) filter (state = 'rejected') as integer) as n_rejected,
    cast(count(*) filter (n_reopened > 0) as integer) as n_reopened,
    round(count(*) filter (is_fixed) / count(*), 12) as fixed_share,
    median(days_to_change) filter (is_fixed) as median_days_to_fix,
    median(age_days) filter (is_open) as median_age_days,
    cast(max(age_days) filter (is_open) as integer) as oldest_age_days,
    {{ stamp('F39') }}
from aged
group by scope, scope_id
order by scope, scope_id
