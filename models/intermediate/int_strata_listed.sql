-- Each dyad under every circumstance of its start, as attribute and value.
with

dyads as (

    select * from {{ ref('stg_dyads') }}

),

listed as (

    select
        dyad_id,
        'set_up' as attribute,
        set_up as stratum
    from dyads
    union all
    select
        dyad_id,
        'funded_by' as attribute,
        unnest(string_split(funded_by, ', ')) as stratum
    from dyads
    union all
    select
        dyad_id,
        'funding_tiers' as attribute,
        cast(funding_tiers as varchar) as stratum
    from dyads
    union all
    select
        dyad_id,
        'decisions_delegated' as attribute,
        case
            when decisions_delegated < 0.25 then 'under 25 %'
            when decisions_delegated < 0.5 then '25 to under 50 %'
            when decisions_delegated < 0.75 then '50 to under 75 %'
            when decisions_delegated >= 0.75 then '75 % or more'
        end as stratum
    from dyads
    union all
    select
        dyad_id,
        'duration' as attribute,
        case
            when planned_months < 12 then 'under 12 months'
            when planned_months < 24 then '12 to 23 months'
            when planned_months < 36 then '24 to 35 months'
            when planned_months >= 36 then '36 months or more'
        end as stratum
    from dyads
    union all
    select
        dyad_id,
        'level' as attribute,
        level as stratum
    from dyads
    union all
    select
        dyad_id,
        'stands' as attribute,
        stands as stratum
    from dyads
    union all
    select
        dyad_id,
        'transparency' as attribute,
        transparency as stratum
    from dyads

)

select distinct
    dyad_id,
    attribute,
    coalesce(nullif(stratum, ''), 'not stated') as stratum
from listed
