-- Each partner's part in what the two do together, where it is the same everywhere.
with

dyads as (

    select * from {{ ref('stg_dyads') }}

),

members as (

    select * from {{ ref('stg_members') }}

),

shared as (

    select
        dyad_id,
        unnest(partnerships) as partnership_id
    from dyads

)

select
    shared.dyad_id,
    members.partner_id,
    case when count(distinct members.role) = 1 then any_value(members.role) end as role
from shared
inner join members using (partnership_id)
group by shared.dyad_id, members.partner_id
