-- Row 25: from one-directional to mutual. Rows of mart_mutuality_dyad with a flow, all channels, in order of time; each
-- row says what was known at the end of its last period, so that an edition of an earlier period says what it said.
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

counted as (

    select
        *,
        coalesce(count(*) filter (where is_one_way) over earlier, 0) as n_one_way_before,
        count(*) filter (where is_one_way) over so_far as n_one_way
    from flows
    window
        earlier as (
            partition by dyad_id, measure order by ordinal rows between unbounded preceding and 1 preceding
        ),
        so_far as (
            partition by dyad_id, measure order by ordinal rows between unbounded preceding and current row
        )

),

turned as (

    select
        *,
        not is_one_way and n_one_way_before > 0 as is_turning
    from counted

),

trends as (

    select
        dyad_id,
        measure,
        ordinal,
        period_id as last_period_id,
        imbalance_signed as last_imbalance,
        n_one_way,
        first_value(period_id) over so_far as first_period_id,
        first_value(imbalance_signed) over so_far as first_imbalance,
        count(*) over so_far as n_periods,
        regr_slope(imbalance_signed, ordinal) over so_far as imbalance_slope,
        regr_slope(mutual_share, ordinal) over so_far as mutual_slope,
        min(imbalance_signed) over so_far < 0 and max(imbalance_signed) over so_far > 0 as sign_changed,
        count(is_one_way) over so_far as n_estimable,
        arg_min(sign(imbalance_signed), ordinal) filter (where is_one_way) over so_far as first_way,
        arg_min(period_id, ordinal) filter (where is_turning) over so_far as turning_period_id,
        arg_min(flow_total, ordinal) filter (where is_turning) over so_far as turning_flow_total,
        arg_min(mutual_share, ordinal) filter (where is_turning) over so_far as turning_mutual_share,
        arg_min(n_one_way, ordinal) filter (where is_turning) over so_far as n_one_way_then
    from turned
    window so_far as (
        partition by dyad_id, measure order by ordinal rows between unbounded preceding and current row
    )

)

select
    dyad_id,
    measure,
    first_period_id,
    last_period_id,
    n_periods,
    first_imbalance,
    last_imbalance,
    case when n_periods >= 3 then imbalance_slope end as trend_slope,
    case when n_periods >= 3 then mutual_slope end as mutual_trend_slope,
    sign_changed,
    n_one_way as n_one_way_periods,
    case first_way when 1 then 'a_gives' when -1 then 'b_gives' end as direction_before,
    turning_period_id,
    turning_flow_total,
    turning_mutual_share,
    case when turning_period_id is not null then n_one_way = n_one_way_then end as stayed_mutual,
    case
        when turning_period_id is not null then null
        when n_estimable = 0 then 'amounts have no interval'
        when n_one_way = 0 then 'never clearly one-directional'
        else 'one-directional to the last period'
    end as reason,
    {{ stamp('F8,F18') }}
from trends
order by dyad_id, measure, ordinal
