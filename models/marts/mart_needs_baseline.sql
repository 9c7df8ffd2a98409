with

cells as (

    select
        *,
        {{ too_few('min(n_respondents) over (partition by scope, scope_id, period_id)',
                   var('min_n_programme')) }} as is_suppressed
    from {{ ref('int_needs_ranked') }}

)

select
    scope,
    scope_id,
    topic,
    period_id,
    cast(n_partners as integer) as n_partners,
    cast(n_respondents as integer) as n_respondents,
    {{ shown(needs_values()) }},
    case
        when is_suppressed then null
        when rank_low is null then 'fewer than 10 respondents for an interval of the rank'
        when scope = 'alliance' and kendall_w is null
            then 'fewer than two countries rated every topic, or none tells topics apart'
    end as reason,
    frozen_on,
    is_suppressed,
    {{ suppressed_reason(var('min_n_programme')) }},
    {{ stamp('F1,F2,F10,F28') }}
from cells
order by scope, scope_id, period_id, topic
