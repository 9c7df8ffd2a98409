-- What is missing by scope, topic and wave: means and spread over people (F2, F10), and with one voice per partner.
with

placed as (

    select * from {{ ref('int_needs_placed') }}

),

partners as (

    select
        scope,
        scope_id,
        topic,
        period_id,
        partner_id,
        avg(gap) as gap
    from placed
    group by all

),

voices as (

    select
        scope,
        scope_id,
        topic,
        period_id,
        count(*) as n_partners,
        round(avg(gap), 9) as gap_of_partners
    from partners
    group by all

),

cells as (

    select
        scope,
        scope_id,
        topic,
        period_id,
        any_value(frozen_on) as frozen_on,
        count(*) as n_respondents,
        round(avg(importance), 9) as importance,
        round(avg(current), 9) as current,
        round(avg(importance), 9) - round(avg(current), 9) as gap,
        round(stddev_samp(gap), 9) as sd_gap
    from placed
    group by all

)

select
    cells.*,
    voices.n_partners,
    voices.gap_of_partners
from cells
inner join voices using (scope, scope_id, topic, period_id)
