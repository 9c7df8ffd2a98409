-- Members and lead roles of each period by kind of organisation, kinds without any included.
with

partners as (

    select
        partner_id,
        coalesce(type, 'unknown') as type,
        non_traditional
    from {{ ref('stg_partners') }}

),

periods as (

    select * from {{ ref('stg_periods') }}

),

members as (

    select
        member_id as partner_id,
        period_id
    from {{ ref('int_members_placed') }}
    where entity_kind = 'partner' and grouped_by = 'all'

),

leads as (

    select
        periods.period_id,
        partners.type,
        count(*) as n_lead_roles
    from {{ ref('stg_roles') }} as roles
    inner join partners using (partner_id)
    inner join periods
        on roles.valid_from <= periods.ends_on and coalesce(roles.valid_to, date '9999-12-31') >= periods.starts_on
    where roles.is_current and roles.role = 'lead'
    group by periods.period_id, partners.type

),

present as (

    select
        members.period_id,
        partners.type,
        count(*) as n_partners,
        count(partners.non_traditional) as n_non_traditional_known,
        count(*) filter (where partners.non_traditional = 'yes') as n_non_traditional
    from members
    inner join partners using (partner_id)
    group by members.period_id, partners.type

),

types as (

    select distinct type from partners

),

lived as (

    select distinct period_id from members

),

wanted as (

    select
        lived.period_id,
        types.type
    from lived
    cross join types

)

select
    wanted.period_id,
    wanted.type,
    coalesce(present.n_partners, 0) as n_partners,
    coalesce(present.n_non_traditional_known, 0) as n_non_traditional_known,
    coalesce(present.n_non_traditional, 0) as n_non_traditional,
    coalesce(leads.n_lead_roles, 0) as n_lead_roles
from wanted
left join present using (period_id, type)
left join leads using (period_id, type)
