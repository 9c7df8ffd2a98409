-- Persons to cells: mean and spread (F2) and the count above the threshold (F7).
with

persons as (

    select * from {{ ref('int_persons_scored') }}

),

asked as (

    select * from {{ ref('int_items_asked') }}

),

dyads as (

    select * from {{ ref('stg_dyads') }}

),

invitations as (

    select * from {{ ref('stg_invitations') }}

),

cells as (

    select
        cell_id,
        kind,
        subject_id,
        construct_id,
        level,
        rater,
        period_id,
        any_value(direction) as direction,
        any_value(framework_version) as framework_version,
        list_sort(list_distinct(flatten(list(instruments)))) as instruments,
        list_sort(list_distinct(flatten(list(form_versions)))) as form_versions,
        quantile_disc(n_answered, 0.5) as n_items_median_answered,
        count(*) as n_respondents,
        round(avg(score), 9) as score,
        round(stddev_samp(score), 9) as sd,
        -- For a negative dimension (mistrust) a low score is the positive answer.
        count(*) filter (
            where case
                when direction = 'negative' then 100 - score
                else score
            end >= positive_from
        ) as n_positive,
        -- What the bootstrap draws from (F3).
        case when count(*) >= 10 then list(score order by score) end as scores
    from persons
    group by cell_id, kind, subject_id, construct_id, level, rater, period_id

),

-- Whose people were asked, and about whom; known only for a view of one's own or of the other side.
asking as (

    select
        cells.cell_id,
        case cells.rater
            when 'self' then cells.subject_id
            when 'A_of_B' then dyads.partner_a
            when 'B_of_A' then dyads.partner_b
        end as partner_id,
        case cells.rater
            when 'A_of_B' then dyads.partner_b
            when 'B_of_A' then dyads.partner_a
        end as about_partner_id
    from cells
    -- The kind inside the key: as a condition of its own it makes DuckDB compare every cell with every dyad.
    left join dyads on case when cells.kind = 'health_dimension' then cells.subject_id end = dyads.dyad_id
    where len(cells.instruments) = 1

)

select
    cells.*,
    len(asked.items) as n_items,
    asked.items,
    asked.scales,
    invitations.n_invited
from cells
left join asked
    on
        cells.kind = asked.kind
        and cells.subject_id = asked.subject_id
        and cells.construct_id = asked.construct_id
        and cells.level is not distinct from asked.level
        and cells.rater = asked.rater
        and cells.period_id = asked.period_id
left join asking on cells.cell_id = asking.cell_id
left join invitations
    on
        asking.partner_id = invitations.partner_id
        and asking.about_partner_id is not distinct from invitations.about_partner_id
        and cells.instruments[1] = invitations.instrument_id
        and cells.period_id = invitations.period_id
