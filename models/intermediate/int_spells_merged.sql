-- Spells of members, whatever they were called: a rename goes on, overlapping spells are one, a hole is a hole.
with recursive

successions as (

    select * from {{ ref('stg_successions') }}

),

-- Only a rename is the same member; what was merged has left, with a successor.
renames as (

    select
        former_id,
        partner_id,
        1 as steps
    from successions
    where kind = 'rename'
    union all
    select
        renames.former_id,
        successions.partner_id,
        renames.steps + 1 as steps
    from renames
    inner join successions on renames.partner_id = successions.former_id
    where successions.kind = 'rename' and renames.steps < 50

),

latest_names as (

    select
        former_id,
        arg_max(partner_id, steps) as partner_id
    from renames
    group by former_id

),

register as (

    select
        *,
        case when entity_kind = 'person' then person_id else partner_id end as member_id
    from {{ ref('stg_memberships') }}
    where is_current and partner_id is not null and joined_on is not null

),

partners as (

    select * from {{ ref('stg_partners') }}

),

-- The registry's own dates count for partners the register says nothing of.
told as (

    select
        entity_kind,
        member_id,
        partner_id,
        joined_on,
        left_on,
        reason,
        case when entity_kind = 'person' then successor_person_id else successor_partner_id end as successor_id
    from register
    where member_id is not null
    union all
    select
        'partner' as entity_kind,
        partners.partner_id as member_id,
        partners.partner_id,
        partners.joined_on,
        partners.left_on,
        case when mergers.former_id is not null then 'merged' end as reason,
        mergers.partner_id as successor_id
    from partners
    left join register on partners.partner_id = register.partner_id and register.entity_kind = 'partner'
    left join successions as mergers on partners.partner_id = mergers.former_id and mergers.kind = 'merger'
    where register.row_id is null and partners.joined_on is not null

),

named as (

    select
        told.entity_kind,
        coalesce(own.partner_id, told.member_id) as member_id,
        coalesce(places.partner_id, told.partner_id) as partner_id,
        told.joined_on,
        coalesce(told.left_on, date '9999-12-31') as left_on,
        told.reason,
        coalesce(heirs.partner_id, told.successor_id) as successor_id
    from told
    left join latest_names as own on told.member_id = own.former_id
    left join latest_names as places on told.partner_id = places.former_id
    left join latest_names as heirs on told.successor_id = heirs.former_id

),

grouped as (

    select
        'all' as grouped_by,
        named.*
    from named
    union all
    select
        case when named.entity_kind = 'person' then named.partner_id else coalesce(partners.type, 'unknown') end
            as grouped_by,
        named.*
    from named
    left join partners using (partner_id)

),

marked as (

    select
        *,
        max(left_on) over earlier as left_before
    from grouped
    window
        earlier as (
            partition by entity_kind, grouped_by, member_id
            order by joined_on, left_on rows between unbounded preceding and 1 preceding
        )

),

numbered as (

    select
        *,
        sum(case when date_diff('day', left_before, joined_on) <= 1 then 0 else 1 end)
            over (partition by entity_kind, grouped_by, member_id order by joined_on, left_on) as spell
    from marked

)

select
    entity_kind,
    grouped_by,
    member_id,
    spell,
    min(joined_on) as joined_on,
    max(left_on) as left_on,
    arg_max(successor_id, left_on) as successor_id,
    arg_max(reason, left_on) as reason
from numbered
group by entity_kind, grouped_by, member_id, spell
