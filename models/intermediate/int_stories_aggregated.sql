-- Stories counted by direction, and all together.
with

stories as (

    select
        * exclude (direction),
        unnest([direction, 'all']) as direction
    from {{ ref('int_stories_directed') }}

)

select
    direction,
    period_id,
    count(*) as n_stories,
    count(*) filter (where is_verified) as n_verified,
    count(*) filter (where is_publishable) as n_publishable,
    count(is_anticipated) as n_anticipation_known,
    count(*) filter (where not is_anticipated) as n_unanticipated
from stories
group by direction, period_id
