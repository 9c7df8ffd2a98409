-- Each rating once in every scope it belongs to: the alliance, the country, the partner.
with

rated as (

    select * from {{ ref('int_needs_rated') }}

)

select
    'alliance' as scope,
    'alliance' as scope_id,
    *
from rated
union all
select
    'country' as scope,
    country as scope_id,
    *
from rated
where country is not null
union all
select
    'partner' as scope,
    partner_id as scope_id,
    *
from rated
