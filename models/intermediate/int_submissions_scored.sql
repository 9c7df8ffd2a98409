-- Each filled-in form as a score of what it judges (F1b): the mean of the answered items, if enough are answered.
with

submissions as (

    select * from {{ ref('stg_submissions') }}

),

answers as (

    select * from {{ ref('int_answers_scored') }}

),

items as (

    select * from {{ ref('int_items_measured') }}

),

dyads as (

    select * from {{ ref('stg_dyads') }}

),

constructs as (

    select
        construct_id,
        direction,
        valid_from,
        valid_to
    from {{ ref('stg_constructs') }}

),

periods as (

    select * from {{ ref('stg_periods') }}

),

-- From the form, not from the answers: an answer that was held or unreadable was still asked for.
asked as (

    select
        instrument_id,
        form_version,
        kind,
        construct_id,
        level,
        rater,
        count(*) filter (where not is_repeated) as n_asked
    from items
    group by all

),

answered as (

    select
        answers.load_id,
        answers.version_id,
        answers.instrument_id,
        answers.form_version,
        items.kind,
        items.construct_id,
        items.level,
        items.rater,
        -- Rounded, so that neither the threshold of F7 nor a rebuild depends on the order of a sum.
        round(avg(answers.score), 9) as score,
        count(answers.score) as n_answered,
        count(*) filter (where answers.is_repeated) as n_repeated,
        count(*) filter (where answers.is_left_out) as n_left_out
    from answers
    inner join items using (instrument_id, form_version, item_id)
    group by all

),

-- Made whole before the constructs come in: DuckDB would join these with every period first, and carry each answer
-- through all of them.
dated as materialized (

    select
        answered.*,
        submissions.collected_on,
        submissions.respondent_id,
        submissions.partner_id,
        submissions.about_partner_id,
        submissions.about_partner_2_id,
        submissions.period_id,
        periods.starts_on,
        periods.framework_version,
        periods.positive_from,
        periods.min_answered
    from answered
    inner join submissions using (load_id, version_id)
    inner join periods using (period_id)
    where answered.n_answered > 0

),

complete as (

    select
        dated.load_id,
        dated.version_id,
        dated.collected_on,
        dated.respondent_id,
        dated.partner_id,
        dated.about_partner_id,
        dated.about_partner_2_id,
        dated.period_id,
        dated.instrument_id,
        dated.form_version,
        dated.kind,
        dated.construct_id,
        dated.level,
        dated.rater,
        dated.score,
        dated.n_answered,
        dated.rater as item_rater,
        constructs.direction,
        dated.framework_version,
        dated.positive_from
    from dated
    inner join asked
        on
            dated.instrument_id = asked.instrument_id
            and dated.form_version = asked.form_version
            and dated.construct_id = asked.construct_id
            and dated.rater = asked.rater
            and dated.level is not distinct from asked.level
    -- Only what the framework in force had: a construct or level it dropped has no rows any more.
    inner join constructs
        on
            dated.construct_id = constructs.construct_id
            and dated.starts_on between {{ valid('constructs') }}
    left join constructs as levels
        on
            dated.level = levels.construct_id
            and dated.starts_on between {{ valid('levels') }}
    where
        (dated.level is null or levels.construct_id is not null)
        and dated.n_answered >= dated.min_answered * (asked.n_asked + dated.n_repeated - dated.n_left_out)

),

-- Capability: the rater's own partner, or the partner somebody else rates.
capability as (

    select
        * exclude (partner_id, about_partner_id, about_partner_2_id),
        case when rater = 'self' then partner_id else coalesce(about_partner_id, partner_id) end as subject_id
    from complete
    where kind = 'capability'

),

-- Health: the pair, and from which side it is seen.
health_pairs as (

    select
        * exclude (rater, level),
        cast(null as varchar) as level,
        case
            when about_partner_2_id is null or about_partner_2_id = partner_id then partner_id
            when about_partner_id = partner_id then partner_id
            else about_partner_id
        end as one,
        case
            when about_partner_2_id is null or about_partner_2_id = partner_id then about_partner_id
            else about_partner_2_id
        end as other
    from complete
    where kind = 'health_dimension'

),

health as (

    select
        health_pairs.* exclude (partner_id, about_partner_id, about_partner_2_id, one, other),
        dyads.dyad_id as subject_id,
        case health_pairs.partner_id
            when dyads.partner_a then 'A_of_B'
            when dyads.partner_b then 'B_of_A'
            else 'third'
        end as rater
    from health_pairs
    inner join dyads
        on
            least(health_pairs.one, health_pairs.other) = dyads.partner_a
            and greatest(health_pairs.one, health_pairs.other) = dyads.partner_b

),

placed as (

    select * from capability
    union all by name
    select * from health

)

select * from placed
where subject_id is not null
