"""The columns of results, dual tracking and membership, as reports/columns.py has those of scores."""

from __future__ import annotations

from melflow.reports.column import BOOL, COMMON, DATE, INT, NUM, PERIOD, TEXT, Column, key

_DYAD = key("dyad_id", "Pair of partners; side A is the first in alphabetical order of ids.")
_INDICATOR = key("indicator_id", "Indicator, as indicators.csv names it.")
_PARTNER = key("partner_id", "Partner; alliance for totals.")

PROGRESS = (
    key("scope", "partner, or alliance for totals."),
    _INDICATOR,
    _PARTNER,
    key("dyad_id", "Pair whose agreed result it is; empty for a result of one partner."),
    PERIOD,
    key("disaggregation", "Group of the figure; total for the whole."),
    key("indicator_name", "Name of the indicator."),
    key("kind", "cumulative, non_cumulative or non_summing."),
    Column("direction", TEXT, "", "rise: more is better; fall: less is better."),
    key("unit", "Unit of the figures."),
    Column("baseline", NUM, "unit of the row", "Value before the work."),
    Column("target_in_force", NUM, "unit of the row", "Target agreed by the end of the period."),
    Column("target_latest", NUM, "unit of the row", "Target as it stands today."),
    Column("previous_target", NUM, "unit of the row", "Target before its latest change."),
    Column("target_changed_on", DATE, "date", "Day of the latest entry in the register of targets."),
    Column("change_reason", TEXT, "", "Coded reason of that entry."),
    Column("actual", NUM, "unit of the row", "Figure reported."),
    Column("result_index", NUM, "0-150", "Way from baseline to target that was covered, 100 is all of it (F34)."),
    Column("status", TEXT, "", "met, on_track, behind or off_track, by fixed cuts."),
    Column("cumulated_value", NUM, "unit of the row", "Value to date."),
    Column("n_results", INT, "reports", "Reports behind the row."),
    Column("results_due", INT, "results", "Results agreed or reported."),
    Column("n_summed", INT, "results", "Results that could be judged."),
    key("reason", "Why there is no index."),
    *COMMON,
)
TRACKING = (
    _INDICATOR,
    _PARTNER,
    PERIOD,
    Column("accountable_ok", BOOL, "", "True when exactly one partner is accountable."),
    Column("n_accountable", INT, "partners", "Partners named as accountable."),
    Column("joint", BOOL, "", "True when several partners collect."),
    Column("lag_days", INT, "days", "Days from due to delivered."),
    Column("on_time", BOOL, "", "True when delivered by the due day; empty while not due."),
    key("reason", "What is not as agreed."),
    *COMMON,
)
CONTRIBUTION = (
    _INDICATOR,
    PERIOD,
    key("rating", "How far the partnership is seen to have contributed."),
    Column("evidence_class", INT, "0-3", "0 none, 1 self-report, 2 document, 3 third party."),
    Column("n_ratings", INT, "ratings", "Ratings; counts, no attribution."),
    *COMMON,
)
DUAL = (
    _DYAD,
    PERIOD,
    Column("health_composite", NUM, "points, 0-100", "Mean of both sides' composite health."),
    Column("health_min_dimension", TEXT, "", "Dimension with the lowest mean of both sides."),
    Column("result_index", NUM, "0-150", "Mean index of the results the pair agreed on (F34)."),
    Column("n_results", INT, "results", "Results that could be judged."),
    Column("quadrant", TEXT, "", "Quadrant by two fixed cuts (F38)."),
    Column("health_high_from", NUM, "points", "Health that counts as high."),
    Column("result_high_from", NUM, "0-150", "Result index that counts as high."),
    Column("echo_flag", BOOL, "", "True when trust is high and challenge or new learning is little."),
    Column("trust", NUM, "points, 0-100", "First input of the flag."),
    Column("challenge", NUM, "points, 0-100", "Second input of the flag."),
    Column("novelty_share", NUM, "share, 0-1", "Third input: share of claims that were new."),
    key("reason", "Why there is no quadrant."),
    *COMMON,
)
CORRELATION = (
    key("association", "health_result or contacts_trust."),
    key("dimension", "Dimension of health, or composite."),
    Column("lag", INT, "periods", "Periods from the first series to the second.", is_value=False),
    Column("n_dyads", INT, "pairs", "Pairs with both series."),
    Column("n_pairs", INT, "periods of pairs", "Periods of pairs with both series."),
    Column("rho", NUM, "-1 to 1", "Spearman between the means of pairs (F35)."),
    Column("ci_low", NUM, "-1 to 1", "Lower end of its interval."),
    Column("ci_high", NUM, "-1 to 1", "Upper end of its interval."),
    Column("rm_r", NUM, "-1 to 1", "Correlation within pairs (F37)."),
    Column("rm_ci_low", NUM, "-1 to 1", "Lower end of its interval."),
    Column("rm_ci_high", NUM, "-1 to 1", "Upper end of its interval."),
    key("reason", "Why there is none."),
    key("caution", "association, not cause."),
    *COMMON,
)
MEMBERS = (
    PERIOD,
    key("type", "Kind of organisation; all for the alliance."),
    Column("n_partners", INT, "partners", "Members at any time of the period."),
    Column("member_share", NUM, "share, 0-1", "Share of the members."),
    Column("n_lead_roles", INT, "roles", "Lead roles held."),
    Column("lead_share", NUM, "share, 0-1", "Share of the lead roles."),
    Column("representation_ratio", NUM, "ratio", "Share of lead roles by share of members."),
    Column("n_types", INT, "kinds", "Kinds of organisation with a member."),
    Column("type_diversity", NUM, "0-1", "Evenness of members over kinds (F22)."),
    Column("non_traditional_share", NUM, "share, 0-1", "Members marked as non-traditional actors."),
    Column("non_traditional_ci_low", NUM, "share, 0-1", "Lower end of its interval (F8)."),
    Column("non_traditional_ci_high", NUM, "share, 0-1", "Upper end of its interval (F8)."),
    *COMMON,
)
TURNOVER = (
    key("entity_kind", "partner or person."),
    key("grouped_by", "all, or a kind of organisation."),
    PERIOD,
    Column("n_start", INT, "members", "Members when the period began."),
    Column("n_joined", INT, "members", "Members that came."),
    Column("n_left", INT, "members", "Members that left."),
    Column("n_left_with_successor", INT, "members", "Of them with a named successor."),
    Column("n_end", INT, "members", "Members when the period ended."),
    Column("turnover_start", NUM, "share", "Leavers of members at the start (F26)."),
    Column("retained", NUM, "share, 0-1", "Members, or their successors, still there (F27)."),
    Column("jaccard", NUM, "share, 0-1", "Kept of all that were there (F27)."),
    Column("median_tenure_days", NUM, "days", "Median spell (F31)."),
    Column("leaving_reasons", TEXT, "", "Coded reasons with their number."),
    Column("n_unresolved_names", INT, "names", "Names nobody could match.", is_value=False),
    *COMMON,
)
FUNDING = (
    PERIOD,
    Column("n_funders", INT, "funders", "Funders money came from."),
    Column("currency", TEXT, "", "Currency."),
    Column("received", NUM, "currency", "Money received."),
    Column("top_share", NUM, "share, 0-1", "Share of the largest funder."),
    Column("effective_funders", NUM, "funders", "As many equal funders would be as concentrated (F23)."),
    Column("committed_ahead", NUM, "currency", "Money committed for later periods."),
    Column("spent_per_month", NUM, "currency", "Spending of the period by month, from the budgets."),
    Column("months_of_runway", NUM, "months", "Money committed ahead by spending of a month."),
    key("reason", "Why something is not estimable."),
    *COMMON,
)
HOURS = (
    _PARTNER,
    PERIOD,
    Column("hours_planned", NUM, "hours", "Hours planned to learn and reflect."),
    Column("hours_used", NUM, "hours", "Hours used."),
    Column("is_under_resourced", BOOL, "", "True when more was used than planned, or none was planned."),
    *COMMON,
)
TABLES: dict[str, tuple[Column, ...]] = {
    "pub_indicator_progress": PROGRESS,
    "pub_tracking": TRACKING,
    "pub_contribution": CONTRIBUTION,
    "pub_dual_tracking": DUAL,
    "pub_dual_correlation": CORRELATION,
    "pub_membership": MEMBERS,
    "pub_turnover": TURNOVER,
    "pub_funding": FUNDING,
    "pub_hours": HOURS,
}
