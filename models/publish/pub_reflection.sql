-- Counts of sessions are not about people; a partnership's go as far as its partners agreed.
with

marked as (

    {{ as_partnerships_agreed('mart_reflection') }}

)

select
    marked.scope,
    marked.scope_id,
    marked.period_id,
    marked.n_sessions,
    marked.n_reflection_known,
    marked.n_reflected,
    marked.reflected_share,
    marked.reflected_ci_low,
    marked.reflected_ci_high,
    marked.assumptions_examined,
    marked.assumptions_revised,
    marked.revised_share,
    marked.revised_ci_low,
    marked.revised_ci_high,
    marked.n_facilitated,
    marked.facilitation_days,
    marked.airtime_minutes,
    marked.airtime_gini,
    marked.airtime_gini_star,
    marked.n_exit_polls,
    marked.exit_score,
    marked.personnel_share,
    false as is_suppressed,
    cast(null as varchar) as n_suppressed_reason,
    {{ level_of_total(
        'marked.agreed_level', "marked.scope = 'alliance'", "marked.scope = 'partnership'", 'partition by marked.period_id'
    ) }} as publish_level,
    marked.formula_id,
    marked.config_hash,
    marked.as_of,
    marked.load_id
from marked
order by marked.scope, marked.scope_id, marked.period_id
