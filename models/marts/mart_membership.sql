-- The row of all kinds carries what is said of the alliance as a whole.
with

typed as (

    select * from {{ ref('int_membership_typed') }}

),

totals as (

    select * from {{ ref('int_membership_estimated') }}

),

shares as (

    select
        typed.*,
        typed.n_partners / nullif(totals.n_partners, 0) as member_share,
        typed.n_lead_roles / nullif(totals.n_lead_roles, 0) as lead_share
    from typed
    inner join totals using (period_id)

),

combined as (

    select
        *,
        lead_share / nullif(member_share, 0) as representation_ratio
    from shares
    union all by name
    select
        *,
        'all' as type
    from totals

)

select
    period_id,
    type,
    cast(n_partners as integer) as n_partners,
    member_share,
    cast(n_lead_roles as integer) as n_lead_roles,
    lead_share,
    representation_ratio,
    cast(n_non_traditional as integer) as n_non_traditional,
    cast(n_non_traditional_known as integer) as n_non_traditional_known,
    n_non_traditional / nullif(n_non_traditional_known, 0) as non_traditional_share,
    non_traditional_ci_low,
    non_traditional_ci_high,
    cast(n_types as integer) as n_types,
    evenness as type_diversity,
    {{ stamp('F8,F22') }}
from combined
order by period_id, type
