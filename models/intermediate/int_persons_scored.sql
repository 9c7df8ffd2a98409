-- One voice per person (F1b): somebody who filled the form twice in a period counts once.
with

submitted as (

    select * from {{ ref('int_submissions_scored') }}

),

persons as (

    select
        kind,
        subject_id,
        construct_id,
        level,
        rater,
        period_id,
        respondent_id,
        any_value(direction) as direction,
        any_value(framework_version) as framework_version,
        any_value(positive_from) as positive_from,
        round(avg(score), 9) as score,
        max(n_answered) as n_answered,
        max(collected_on) as collected_on,
        list_distinct(list(instrument_id)) as instruments,
        list_distinct(list(form_version)) as form_versions
    from submitted
    group by all

)

select
    *,
    -- A short name of the cell, of this build only: what is counted below person and item joins on it.
    dense_rank() over (order by kind, subject_id, construct_id, level, rater, period_id) as cell_id
from persons
