-- Exchanges no flow counts: of a partner with itself, and between partners without a common partnership.
select
    period_id,
    measure,
    coalesce(channel, 'all') as channel,
    count(*) filter (where is_loop) as n_loops,
    count(*) filter (where not is_loop and dyad_id is null) as n_outside
from {{ ref('int_exchanges_placed') }}
group by grouping sets ((period_id, measure, channel), (period_id, measure))
