"""The columns an edition reads of the learning cycles (see ``columns``)."""

from __future__ import annotations

from polars.datatypes import DataTypeClass

from melflow.reports.column import BOOL, COMMON, DATE, INT, NUM, PERIOD, Column, key


def _open(name: str, dtype: DataTypeClass, unit: str, meaning: str) -> Column:
    """Return a column that says nothing about a person and is shown in a suppressed row too."""
    return Column(name, dtype, unit, meaning, is_value=False)


_CYCLE = key("cycle_id", "The learning cycle.")
_SCOPE = (key("scope", "alliance or partnership."), key("scope_id", "alliance, or the partnership."))
LEARNING_CYCLE = (
    _CYCLE,
    key("theme", "What it is about."),
    PERIOD,
    _open("planned_start", DATE, "", "First day as planned."),
    _open("planned_end", DATE, "", "Last day as planned."),
    _open("actual_start", DATE, "", "First day as it was."),
    _open("actual_end", DATE, "", "Last day as it was; empty while it is under way."),
    _open("elapsed_days", INT, "days", "Days it took, or has taken so far (F31)."),
    _open("slippage_days", INT, "days", "Days later than planned; below 0 when earlier."),
    _open("on_time", BOOL, "", "Ended by the planned day."),
    _open("lead_gini_star", NUM, "0-1", "How concentrated the lead is (F21)."),
    _open("kappa_declared_observed", NUM, "-1 to 1", "Agreement of declared and observed roles (F29)."),
    _open("n_kappa_pairs", INT, "roles", "Roles both declared and observed."),
    _open("products_expected", INT, "types", "Types of product expected."),
    _open("products_delivered", INT, "types", "Of them delivered."),
    key("products_missing", "Types still missing."),
    _open("questions_open", INT, "questions", "Questions still open."),
    _open("questions_advanced", INT, "questions", "Questions advanced."),
    _open("questions_answered", INT, "questions", "Questions answered."),
    _open("questions_dropped", INT, "questions", "Questions dropped."),
    _open("facilitation_days", INT, "days", "Days with a facilitated session."),
    _open("personnel_share", NUM, "share, 0-1", "Cost of people in the budget of the first period."),
    key("personnel_scope", "Whose budget that is: partnership or alliance."),
    *COMMON,
)
QUESTION = (
    key("question_id", "The question."),
    _CYCLE,
    PERIOD,
    key("question", "Its words."),
    _open("n_partners", INT, "partners", "Partners it links."),
    key("linked_partners", "Their ids."),
    key("status", "open, advanced, answered or dropped."),
    _open("is_open", BOOL, "", "Neither answered nor dropped."),
    key("answer_ref", "Where the answer stands."),
    _open("age_days", INT, "days", "Days until it was closed, or so far (F31)."),
    *COMMON,
)
PRODUCT = (
    key("version_key", "product@version."),
    _CYCLE,
    PERIOD,
    key("type", "Kind of product."),
    key("title", "Title of the product."),
    key("parent_version_key", "What it was made from."),
    _open("lineage_depth", INT, "versions", "Versions before it."),
    _open("n_contexts", INT, "places", "Places it and what was made from it were tested in."),
    key("reason", "Why there is no lineage."),
    *COMMON,
)
PARTICIPATION = (
    _CYCLE,
    key("step", "Step of the cycle."),
    key("partner_id", "The partner."),
    _open("starts_on", DATE, "", "First day of the step."),
    key("declared_role", "lead, active or access as declared."),
    key("observed_role", "The same as seen."),
    *COMMON,
)
SUMMARY = (
    *_SCOPE,
    _open("n_cycles", INT, "cycles", "Cycles."),
    _open("n_open", INT, "cycles", "Of them under way."),
    _open("n_due", INT, "cycles", "Cycles past their planned day."),
    _open("n_on_time", INT, "cycles", "Of them ended by that day."),
    _open("on_time_ci_low", NUM, "share, 0-1", "Lower end of the Wilson interval of the share (F8)."),
    _open("on_time_ci_high", NUM, "share, 0-1", "Upper end of the Wilson interval of the share (F8)."),
    _open("median_cycle_days", NUM, "days", "Median days a cycle takes, open ones censored (F31)."),
    _open("n_questions", INT, "questions", "Learning questions."),
    _open("questions_answered", INT, "questions", "Of them answered."),
    _open("n_linked", INT, "questions", "Questions that link two or more partners."),
    _open("mean_partners_per_question", NUM, "partners", "Partners a question links, mean."),
    _open("n_problems", INT, "problems", "Problems in the log."),
    _open("n_solved_known", INT, "problems", "Of them that say whether they are solved."),
    _open("n_solved", INT, "problems", "Of them solved."),
    _open("iterations_per_problem", NUM, "attempts", "Attempts a problem took, mean."),
    *COMMON,
)
ADAPTATION = (
    *_SCOPE,
    _open("n_insights", INT, "insights", "Insights written down."),
    _open("n_acted", INT, "insights", "Of them acted on."),
    _open("acted_ci_low", NUM, "share, 0-1", "Lower end of the Wilson interval of the share (F8)."),
    _open("acted_ci_high", NUM, "share, 0-1", "Upper end of the Wilson interval of the share (F8)."),
    _open("n_open", INT, "insights", "Insights that wait."),
    _open("median_latency_days", NUM, "days", "Median days from insight to decision (F31)."),
    _open("oldest_open_days", INT, "days", "Age of the oldest that waits."),
    *COMMON,
)
ENTRY = (
    *_SCOPE,
    key("item", "Item of the checklist; all for the scale."),
    Column("n_respondents", INT, "persons", "Persons that filled it in."),
    Column("score", NUM, "points, 0-100", "Mean of their scores (F2)."),
    Column("ci_low", NUM, "points, 0-100", "Lower end of the 95 % interval (F3)."),
    Column("ci_high", NUM, "points, 0-100", "Upper end of the 95 % interval (F3)."),
    *COMMON,
)

#: Published tables by name.
TABLES: dict[str, tuple[Column, ...]] = {
    "pub_learning_cycle": LEARNING_CYCLE,
    "pub_question": QUESTION,
    "pub_product": PRODUCT,
    "pub_participation": PARTICIPATION,
    "pub_cycle_summary": SUMMARY,
    "pub_adaptation": ADAPTATION,
    "pub_entry_profile": ENTRY,
}
