-- How far what was learned got, and how much of it was changed, foreseen and new (F30, F33).
with

claims as (

    select * from {{ ref('int_claims_celled') }}

),

counted as (

    select
        scope,
        scope_id,
        level,
        capability,
        period_id,
        count(*) as claims,
        {% for rung in range(8) -%}
            count(*) filter (where rung = {{ rung }}) as n_rung{{ rung }},
            count(*) filter (where rung >= {{ rung }}) as n_from_rung{{ rung }},
        {% endfor -%}
        count(*) filter (where rung is null) as n_unevidenced,
        {% for months in (3, 6, 12) -%}
            count(*) filter (where age_months >= {{ months }}) as n_due_{{ months }}m,
            count(*) filter (
                where age_months >= {{ months }} and is_followed_{{ months }}m
            ) as n_followed_{{ months }}m,
        {% endfor -%}
        count(is_adapted) filter (where rung >= 6) as n_used,
        count(*) filter (where rung >= 6 and is_adapted) as n_adapted,
        count(is_anticipated) as n_anticipation_known,
        count(*) filter (where not is_anticipated) as n_unanticipated,
        count(is_novel) as n_novelty_known,
        count(*) filter (where is_novel) as n_novel,
        count(evidence_class) as n_evidence_known,
        count(*) filter (where evidence_class >= 2) as n_evidence_ge2,
        count(distinct learner_partner_id) as n_partners,
        count(distinct learner_partner_id) filter (where is_absorbed) as n_partners_absorbed,
        count(*) filter (where is_absorbed and is_cascade) as cascade_claims
    from claims
    group by scope, scope_id, level, capability, period_id

)

select * from counted
