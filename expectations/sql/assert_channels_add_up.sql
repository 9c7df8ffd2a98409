-- Failure: the channels of a dyad's flow do not add up to "all": an exchange is lost or counted twice.
select
    dyad_id,
    period_id,
    measure
from {{ ref('mart_mutuality_dyad') }}
group by dyad_id, period_id, measure
having
    abs(
        coalesce(sum(flow_total) filter (where channel != 'all'), 0)
        - coalesce(sum(flow_total) filter (where channel = 'all'), 0)
    ) > 1e-6
