-- Comings and goings, and what stayed: somebody whose named successor is there has a continuation (F26, F27).
with

members as (

    select * from {{ ref('int_members_placed') }}

),

counts as (

    select
        entity_kind,
        grouped_by,
        period_id,
        count(*) as n_members,
        count(*) filter (where is_at_start) as n_start,
        count(*) filter (where not is_at_start) as n_joined,
        count(*) filter (where not is_at_end) as n_left,
        count(*) filter (where not is_at_end and successor_id is not null) as n_left_with_successor,
        count(*) filter (where is_at_end) as n_end
    from members
    group by entity_kind, grouped_by, period_id

),

-- The members at the start, each in the place of who holds it at the end.
continued as (

    select distinct
        entity_kind,
        grouped_by,
        period_id,
        case when is_at_end then member_id else coalesce(successor_id, member_id) end as member_id
    from members
    where is_at_start

),

kept as (

    select
        continued.entity_kind,
        continued.grouped_by,
        continued.period_id,
        count(*) as n_before,
        count(members.member_id) as n_kept
    from continued
    left join members
        on
            continued.entity_kind = members.entity_kind
            and continued.grouped_by = members.grouped_by
            and continued.period_id = members.period_id
            and continued.member_id = members.member_id
            and members.is_at_end
    group by continued.entity_kind, continued.grouped_by, continued.period_id

),

reasons as (

    select
        entity_kind,
        grouped_by,
        period_id,
        coalesce(reason, 'not said') as reason,
        count(*) as n_left
    from members
    where not is_at_end
    group by entity_kind, grouped_by, period_id, coalesce(reason, 'not said')

),

reasons_listed as (

    select
        entity_kind,
        grouped_by,
        period_id,
        string_agg(reason || ' ' || n_left, ', ' order by reason) as leaving_reasons
    from reasons
    group by entity_kind, grouped_by, period_id

)

select
    counts.*,
    kept.n_before,
    kept.n_kept,
    reasons_listed.leaving_reasons
from counts
left join kept using (entity_kind, grouped_by, period_id)
left join reasons_listed using (entity_kind, grouped_by, period_id)
