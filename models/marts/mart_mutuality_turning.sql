-- Row 25: from one-directional to mutual. Rows of mart_mutuality_dyad with a flow, all channels, in order of time.
with

flows as (

    select
        flows.dyad_id,
        flows.measure,
        flows.period_id,
        periods.ordinal,
        flows.flow_total,
        flows.imbalance_signed,
        flows.mutual_share,
        flows.imbalance_ci_low > 0 or flows.imbalance_ci_high < 0 as is_one_way
    from {{ ref('mart_mutuality_dyad') }} as flows
    inner join {{ ref('dim_period') }} as periods using (period_id)
    where flows.channel = 'all' and flows.flow_total > 0

),

-- One-directional periods before this one, and after it.
surrounded as (

    select
        *,
        coalesce(count(*) filter (where is_one_way) over earlier, 0) as n_one_way_before,
        coalesce(count(*) filter (where is_one_way) over later, 0) as n_one_way_after
    from flows
    window
        earlier as (
            partition by dyad_id, measure order by ordinal rows between unbounded preceding and 1 preceding
        ),
        later as (
            partition by dyad_id, measure order by ordinal rows between 1 following and unbounded following
        )

),

turnings as (

    select
        dyad_id,
        measure,
        period_id as turning_period_id,
        flow_total as turning_flow_total,
        mutual_share as turning_mutual_share,
        n_one_way_after = 0 as stayed_mutual
    from surrounded
    where not is_one_way and n_one_way_before > 0
    qualify row_number() over (partition by dyad_id, measure order by ordinal) = 1

),

trends as (

    select
        dyad_id,
        measure,
        arg_min(period_id, ordinal) as first_period_id,
        arg_max(period_id, ordinal) as last_period_id,
        count(*) as n_periods,
        arg_min(imbalance_signed, ordinal) as first_imbalance,
        arg_max(imbalance_signed, ordinal) as last_imbalance,
        case when count(*) >= 3 then regr_slope(imbalance_signed, ordinal) end as trend_slope,
        case when count(*) >= 3 then regr_slope(mutual_share, ordinal) end as mutual_trend_slope,
        min(imbalance_signed) < 0 and max(imbalance_signed) > 0 as sign_changed,
        count(is_one_way) as n_estimable,
        count(*) filter (where is_one_way) as n_one_way,
        arg_min(sign(imbalance_signed), ordinal) filter (where is_one_way) as first_way
    from flows
    group by dyad_id, measure

)

select
    trends.dyad_id,
    trends.measure,
    trends.first_period_id,
    trends.last_period_id,
    trends.n_periods,
    trends.first_imbalance,
    trends.last_imbalance,
    trends.trend_slope,
    trends.mutual_trend_slope,
    trends.sign_changed,
    trends.n_one_way as n_one_way_periods,
    case trends.first_way when 1 then 'a_gives' when -1 then 'b_gives' end as direction_before,
    turnings.turning_period_id,
    turnings.turning_flow_total,
    turnings.turning_mutual_share,
    turnings.stayed_mutual,
    case
        when turnings.turning_period_id is not null then null
        when trends.n_estimable = 0 then 'amounts have no interval'
        when trends.n_one_way = 0 then 'never clearly one-directional'
        else 'one-directional to the last period'
    end as reason,
    {{ stamp('F8,F18') }}
from trends
left join turnings using (dyad_id, measure)
order by trends.dyad_id, trends.measure
