-- One claim each, with everything its follow-ups said: it counts once, at its highest evidenced rung (F30).
with recursive

reports as (

    select * from {{ ref('stg_learning_claims') }}
    where is_current and period_id is not null

),

follow_ups as (

    select
        reports.claim_id,
        reports.follows_claim_id
    from reports
    inner join reports as followed on reports.follows_claim_id = followed.claim_id
    where reports.claim_id != followed.claim_id

),

-- `union` drops what was found before, so that two claims that follow each other end the search.
ancestry as (

    select
        claim_id,
        follows_claim_id as ancestor_id
    from follow_ups
    union
    select
        ancestry.claim_id,
        follow_ups.follows_claim_id as ancestor_id
    from ancestry
    inner join follow_ups on ancestry.ancestor_id = follow_ups.claim_id

),

firsts as (

    select
        ancestry.claim_id,
        min(ancestry.ancestor_id) as first_claim_id
    from ancestry
    left join follow_ups on ancestry.ancestor_id = follow_ups.claim_id
    where follow_ups.claim_id is null
    group by ancestry.claim_id

),

placed as (

    select
        reports.*,
        coalesce(firsts.first_claim_id, reports.claim_id) as of_claim_id,
        coalesce(reports.reached_on, reports.claimed_on) as reported_on,
        case when reports.evidence_class >= 1 then reports.rung end as evidenced_rung
    from reports
    left join firsts using (claim_id)

),

roots as (

    select * from placed
    where claim_id = of_claim_id

),

followed as (

    select
        of_claim_id,
        max(evidenced_rung) as rung,
        max(evidence_class) as evidence_class,
        bool_or(is_adapted) as is_adapted,
        min(reported_on) filter (where evidenced_rung >= 6) as applied_on,
        max(evidenced_rung) filter (where evidence_class >= 2) as proven_rung,
        bool_or(followup_months = 3) filter (where claim_id != of_claim_id) as is_followed_3m,
        bool_or(followup_months = 6) filter (where claim_id != of_claim_id) as is_followed_6m,
        bool_or(followup_months = 12) filter (where claim_id != of_claim_id) as is_followed_12m
    from placed
    group by of_claim_id

),

timed as (

    select
        roots.*,
        followed.rung as highest_rung,
        followed.evidence_class as highest_evidence,
        followed.is_adapted as is_ever_adapted,
        followed.applied_on,
        followed.proven_rung,
        coalesce(followed.is_followed_3m, false) as is_followed_3m,
        coalesce(followed.is_followed_6m, false) as is_followed_6m,
        coalesce(followed.is_followed_12m, false) as is_followed_12m,
        coalesce(roots.learned_on, roots.claimed_on) as started_on,
        cast('{{ var("as_of") }}' as date) as ended_on
    from roots
    inner join followed using (of_claim_id)

)

select
    timed.claim_id,
    timed.row_id,
    timed.period_id,
    timed.learner_partner_id,
    timed.source_partner_id,
    timed.learner_designated_role,
    timed.practice_id,
    timed.theme,
    timed.country,
    timed.local_organisation,
    timed.learning_type,
    timed.second_type,
    timed.coder,
    timed.second_coder,
    timed.what_changed,
    coalesce(timed.level, 'unknown') as level,
    coalesce(timed.capability, 'unknown') as capability,
    timed.highest_rung as rung,
    timed.highest_evidence as evidence_class,
    timed.is_ever_adapted as is_adapted,
    timed.is_anticipated,
    timed.is_novel,
    timed.is_publishable,
    timed.is_followed_3m,
    timed.is_followed_6m,
    timed.is_followed_12m,
    date_sub('month', timed.started_on, timed.ended_on) as age_months,
    timed.applied_on is not null as is_applied,
    greatest(date_diff('day', timed.started_on, coalesce(timed.applied_on, timed.ended_on)), 0) as n_days,
    coalesce(timed.level = 'institutional' and timed.proven_rung >= 6, false) as is_absorbed,
    coalesce(cited.level = 'individual' and cited.claimed_on < timed.claimed_on, false) as is_cascade
from timed
left join reports as cited on timed.cites_claim_id = cited.claim_id
