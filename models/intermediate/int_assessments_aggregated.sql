-- Peer assessments of a pair by criterion, and of the alliance with one voice per pair.
with

assessments as (

    select
        *,
        {{ item_score('self_score', 'scale_min', 'scale_max', 'false') }} as self_points,
        {{ item_score('peer_score', 'scale_min', 'scale_max', 'false') }} as peer_points
    from {{ ref('stg_assessments') }}
    where is_current and period_id is not null

),

pairs as (

    select
        'pair' as scope,
        assessor_id,
        assessed_id,
        coalesce(criterion, 'all') as criterion,
        period_id,
        count(*) as n_assessments,
        1 as n_pairs,
        -- Scores of unlike criteria are not averaged
        case when grouping(criterion) = 0 then round(avg(self_points), 10) end as score_self,
        case when grouping(criterion) = 0 then round(stddev_samp(self_points), 10) end as sd_self,
        case when grouping(criterion) = 0 then count(self_points) else 0 end as n_self,
        case when grouping(criterion) = 0 then round(avg(peer_points), 10) end as score_peer,
        case when grouping(criterion) = 0 then round(stddev_samp(peer_points), 10) end as sd_peer,
        case when grouping(criterion) = 0 then count(peer_points) else 0 end as n_peer,
        count(*) filter (where is_action_agreed) as n_agreed,
        count(*) filter (where is_action_agreed and is_action_done) as n_done,
        count(*) filter (where is_tied_to_funding) as n_tied_to_funding
    from assessments
    group by grouping sets ((assessor_id, assessed_id, period_id, criterion), (assessor_id, assessed_id, period_id))

),

answered as (

    select
        pairs.*,
        reverse.assessor_id is not null as is_reciprocal
    from pairs
    left join pairs as reverse
        on
            pairs.assessor_id = reverse.assessed_id
            and pairs.assessed_id = reverse.assessor_id
            and pairs.period_id = reverse.period_id
            and pairs.criterion = reverse.criterion

),

alliance as (

    select
        'alliance' as scope,
        criterion,
        period_id,
        sum(n_assessments) as n_assessments,
        count(*) as n_pairs,
        round(avg(score_self), 10) as score_self,
        round(stddev_samp(score_self), 10) as sd_self,
        count(score_self) as n_self,
        round(avg(score_peer), 10) as score_peer,
        round(stddev_samp(score_peer), 10) as sd_peer,
        count(score_peer) as n_peer,
        sum(n_agreed) as n_agreed,
        sum(n_done) as n_done,
        sum(n_tied_to_funding) as n_tied_to_funding,
        -- F17, dyad ratio: pairs that assessed each other of pairs that assessed at all
        count(*) filter (where is_reciprocal and assessor_id < assessed_id)
        / (count(*) - count(*) filter (where is_reciprocal and assessor_id < assessed_id)) as reciprocal_pair_ratio
    from answered
    group by criterion, period_id

)

select
    scope,
    assessor_id,
    assessed_id,
    criterion,
    period_id,
    n_assessments,
    n_pairs,
    score_self,
    sd_self,
    n_self,
    score_peer,
    sd_peer,
    n_peer,
    n_agreed,
    n_done,
    n_tied_to_funding,
    is_reciprocal,
    cast(null as double) as reciprocal_pair_ratio
from answered
union all
select
    scope,
    cast(null as varchar) as assessor_id,
    cast(null as varchar) as assessed_id,
    criterion,
    period_id,
    n_assessments,
    n_pairs,
    score_self,
    sd_self,
    n_self,
    score_peer,
    sd_peer,
    n_peer,
    n_agreed,
    n_done,
    n_tied_to_funding,
    cast(null as boolean) as is_reciprocal,
    reciprocal_pair_ratio
from alliance
