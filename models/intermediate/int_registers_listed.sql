-- The rows of every register with the partner they came from or are about, for the counts of data quality.
{%- set registers = [
    ("stg_decisions", "coalesce(raised_by, decided_by)"),
    ("stg_roles", "partner_id"),
    ("stg_sessions", "partner_id"),
    ("stg_budget_lines", "partner_id"),
    ("stg_authorships", "partner_id"),
    ("stg_assessments", "assessor_id"),
    ("stg_learning_claims", "learner_partner_id"),
    ("stg_stories", "coalesce(teller_id, learner_partner_id)"),
    ("stg_actor_responses", "partner_id"),
    ("stg_nominations", "nominator_id"),
    ("stg_codes", "cast(null as varchar)"),
    ("stg_codings", "cast(null as varchar)"),
    ("stg_demands", "partner_id"),
    ("stg_advice", "given_by_id"),
    ("stg_events", "host_id"),
    ("stg_toc_nodes", "cast(null as varchar)"),
    ("stg_toc_edges", "cast(null as varchar)"),
    ("stg_cycles", "cast(null as varchar)"),
    ("stg_questions", "coalesce(linked_partner_id, asked_by_id)"),
    ("stg_problems", "partner_id"),
    ("stg_adaptations", "partner_id"),
    ("stg_entries", "partner_id"),
    ("stg_targets", "partner_id"),
    ("stg_tracking", "partner_id"),
    ("stg_contributions", "partner_id"),
    ("stg_memberships", "partner_id"),
    ("stg_funding", "partner_id"),
    ("stg_hours", "partner_id"),
] %}

{% for model, partner in registers %}
    select
        source,
        load_id,
        row_id,
        {{ partner }} as partner_id,
        period_id
    from {{ ref(model) }}
    {% if not loop.last %}union all{% endif %}
{% endfor %}
