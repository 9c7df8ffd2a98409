-- The people who answered in both waves, and how far each moved (F10, F12); beside them the waves as a whole.
with

waves as (

    select * from {{ ref('int_waves_compared') }}

),

persons as (

    select
        cell_id,
        respondent_id,
        score
    from {{ ref('int_persons_scored') }}
    where kind = 'capability'

),

pairs as (

    select
        waves.cell_from,
        waves.cell_to,
        count(*) as n_pairs,
        round(avg(before.score), 9) as score_from,
        round(avg(after.score), 9) as score_to,
        round(stddev_samp(before.score), 9) as sd_from,
        round(stddev_samp(after.score), 9) as sd_to,
        round(stddev_samp(after.score - before.score), 9) as sd_diff,
        count(*) filter (where round(after.score - before.score, 9) >= waves.delta_min and after.score > before.score)
            as n_up,
        count(*) filter (where round(before.score - after.score, 9) >= waves.delta_min and after.score < before.score)
            as n_down
    from waves
    inner join persons as before on waves.cell_from = before.cell_id
    inner join persons as after on waves.cell_to = after.cell_id and before.respondent_id = after.respondent_id
    group by waves.cell_from, waves.cell_to

),

-- People are followed when enough of them can be; otherwise two groups are compared, which says nothing about anybody.
linked as (

    select
        waves.* exclude (score_from, score_to, sd_from, sd_to),
        coalesce(pairs.n_pairs, 0) as n_pairs,
        pairs.n_pairs is not null and not {{ too_few('pairs.n_pairs', var('min_n_programme')) }} as is_paired,
        waves.comparable as is_estimable,
        pairs.sd_diff,
        pairs.n_up,
        pairs.n_down,
        pairs.n_pairs - pairs.n_up - pairs.n_down as n_same,
        case when is_paired then pairs.score_from else waves.score_from end as score_from,
        case when is_paired then pairs.score_to else waves.score_to end as score_to,
        case when is_paired then pairs.sd_from else waves.sd_from end as sd_from,
        case when is_paired then pairs.sd_to else waves.sd_to end as sd_to
    from waves
    left join pairs on waves.cell_from = pairs.cell_from and waves.cell_to = pairs.cell_to

)

select
    * exclude (is_paired, n_pairs, sd_diff, n_up, n_down, n_same, positive_from_count, positive_to_count),
    case when is_paired then 'paired' else 'unlinked' end as linkage,
    case when is_paired then n_pairs end as n_pairs,
    case when is_paired then n_pairs else least(n_from, n_to) end as n_respondents,
    case when is_paired then sd_diff end as sd_diff,
    case when is_paired then n_up end as n_up,
    case when is_paired then n_down end as n_down,
    case when is_paired then n_same end as n_same,
    -- The interval of two shares is one of two groups (F9); people who are followed have their net change (F12).
    case when not is_paired then positive_from_count end as n_positive_from,
    case when not is_paired then positive_to_count end as n_positive_to
from linked
