-- Failure: what members hold does not add up to the balance shown, or its indices contradict each other (F21-F23).
with

held as (

    select
        scope,
        scope_id,
        period_id,
        resource,
        count(*) as n_actors,
        sum(amount) as total,
        max(amount) as top
    from {{ ref('int_holdings_shared') }}
    group by all

)

select
    balance.scope,
    balance.scope_id,
    balance.period_id,
    balance.resource
from {{ ref('mart_power_balance') }} as balance
left join held using (scope, scope_id, period_id, resource)
where
    held.n_actors is distinct from balance.n_actors
    or abs(balance.total - held.total) > 1e-9 * greatest(held.total, 1)
    or abs(balance.top_share - held.top / nullif(held.total, 0)) > 1e-9
    or abs(balance.hhi * balance.effective_n - 1) > 1e-9
    or abs(balance.gini_star - balance.gini * balance.n_actors / nullif(balance.n_actors - 1, 0)) > 1e-9
    -- Of two, the Gini index is the distance of the larger share from a half
    or (balance.n_actors = 2 and abs(balance.gini - (balance.top_share - 0.5)) > 1e-9)
    or (balance.scope = 'dyad' and abs(greatest(balance.share_a, 1 - balance.share_a) - balance.top_share) > 1e-9)
