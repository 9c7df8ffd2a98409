"""The columns an edition reads of power, reflection, expectations and peer assessments (see ``columns``)."""

from __future__ import annotations

from melflow.reports.column import COMMON, INT, NUM, PERIOD, TEXT, Column, key

_SCOPE = (key("scope", "alliance, partnership or dyad."), key("scope_id", "Which one."))

POWER = (
    *_SCOPE,
    PERIOD,
    key("resource", "What is held: decisions, lead roles, budget, airtime, authorship, hosting."),
    Column("unit", TEXT, "", "Unit of the total."),
    Column("basis", TEXT, "", "Of a budget: actual (what was spent) or planned."),
    Column("reason", TEXT, "", "Why there is no total or share."),
    Column("n_actors", INT, "partners", "Members, those with nothing included."),
    Column("total", NUM, "unit", "What was held in all."),
    Column("top_share", NUM, "share, 0-1", "Largest share of one partner."),
    Column("gini_star", NUM, "0-1", "Concentration, corrected for few members (F21)."),
    Column("effective_n", NUM, "partners", "1 over the sum of squared shares (F23)."),
    Column("power_resolved_share", NUM, "share, 0-1", "Matters of power resolved of those raised (F8)."),
    Column("co_authored_share", NUM, "share, 0-1", "Products with two or more authors (F8)."),
    Column("perceived_influence_gap", NUM, "points", "Gap of the sides in felt influence (F15)."),
    Column("gap_ci_low", NUM, "points", "Lower end of its interval (F15)."),
    Column("gap_ci_high", NUM, "points", "Upper end of its interval (F15)."),
    *COMMON,
)
REFLECTION = (
    *_SCOPE,
    PERIOD,
    Column("n_sessions", INT, "sessions", "Sessions held."),
    Column("n_reflection_known", INT, "sessions", "Sessions of which the log says whether there was a note."),
    Column("n_reflected", INT, "sessions", "Sessions with a reflection note."),
    Column("reflected_share", NUM, "share, 0-1", "Of those that say."),
    Column("assumptions_examined", INT, "assumptions", "Looked at."),
    Column("assumptions_revised", INT, "assumptions", "Of them changed."),
    Column("airtime_gini_star", NUM, "0-1", "Concentration of minutes spoken (F21)."),
    Column("exit_score", NUM, "points, 0-100", "Mean of the exit polls (F1)."),
    *COMMON,
)
EXPECTATION = (
    key("expectation", "What the work may be for."),
    key("role_a", "First role."),
    key("role_b", "Second role."),
    PERIOD,
    Column("n_a", INT, "persons", "People of the first role."),
    Column("n_b", INT, "persons", "People of the second role."),
    Column("score_a", NUM, "points, 0-100", "Mean of the first role (F2)."),
    Column("score_b", NUM, "points, 0-100", "Mean of the second role (F2)."),
    Column("gap", NUM, "points", "First less second (F15)."),
    Column("gap_ci_low", NUM, "points", "Lower end of its interval (F15)."),
    Column("gap_ci_high", NUM, "points", "Upper end of its interval (F15)."),
    *COMMON,
)
PEER = (
    key("scope", "pair or alliance."),
    key("criterion", "Criterion of the rubric."),
    PERIOD,
    Column("n_assessments", INT, "assessments", "Assessments."),
    Column("n_pairs", INT, "pairs", "Directed pairs."),
    Column("self_score", NUM, "points, 0-100", "What the assessed say of themselves (F1)."),
    Column("peer_score", NUM, "points, 0-100", "What their peers say (F1)."),
    Column("gap", NUM, "points", "Self less peer (F15)."),
    Column("n_agreed", INT, "actions", "Actions agreed."),
    Column("n_done", INT, "actions", "Of them done."),
    Column("follow_through", NUM, "share, 0-1", "Agreed actions that were done (F8)."),
    *COMMON,
)
STRATA = (
    key("attribute", "Circumstance of the partnerships: set_up, funded_by, level and others."),
    key("stratum", "Its value, or band."),
    key("dimension", "Dimension of partnership health; composite is their mean."),
    PERIOD,
    Column("n_dyads", INT, "partnerships", "Published partnerships of the stratum."),
    Column("n_respondents", INT, "persons", "Persons behind them."),
    Column("mean_score", NUM, "points, 0-100", "Mean over partnerships of the mean of both sides."),
    Column("sd", NUM, "points", "Standard deviation over partnerships."),
    *COMMON,
)
TABLES = {
    "pub_power_balance": POWER,
    "pub_reflection": REFLECTION,
    "pub_expectation_gap": EXPECTATION,
    "pub_peer_assessment": PEER,
    "pub_health_strata": STRATA,
}
