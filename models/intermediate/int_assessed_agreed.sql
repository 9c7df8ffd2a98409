-- Each assessed partner as its assessors see it, one voice per assessor: what their agreement (F6) is made of.
with

voices as (

    select
        assessor_id,
        assessed_id,
        criterion,
        period_id,
        score_peer
    from {{ ref('int_assessments_aggregated') }}
    where scope = 'pair' and criterion != 'all' and score_peer is not null

)

select
    criterion,
    period_id,
    assessed_id,
    count(*) as n_respondents,
    -- The order of a sum changes its last digits.
    round(avg(score_peer), 10) as score,
    round(stddev_samp(score_peer), 10) as sd
from voices
group by criterion, period_id, assessed_id
