"""The columns an edition reads of needs, demand, feedback and the navigational map (see ``columns``)."""

from __future__ import annotations

from polars.datatypes import DataTypeClass

from melflow.reports.column import BOOL, COMMON, DATE, INT, NUM, PERIOD, TEXT, Column, key

_PARTNER = key("partner_id", "The partner that asks, and that was given the advice.")


def _open(name: str, dtype: DataTypeClass, unit: str, meaning: str) -> Column:
    """Return a column that says nothing about a person and is shown in a suppressed row too."""
    return Column(name, dtype, unit, meaning, is_value=False)


NEEDS = (
    key("scope", "Whose needs: the alliance, a country or a partner."),
    key("scope_id", "alliance, the country's code, or the partner."),
    key("topic", "What is needed."),
    PERIOD,
    Column("n_partners", INT, "partners", "Partners whose people answered."),
    Column("n_respondents", INT, "persons", "Persons who rated importance and current level."),
    Column("importance", NUM, "points, 0-100", "Mean importance (F2)."),
    Column("current", NUM, "points, 0-100", "Mean current level of the same persons (F2)."),
    Column("gap", NUM, "points, -100 to 100", "Importance less current level."),
    Column("gap_ci_low", NUM, "points", "Lower end of the 95 % interval of the gap (F10)."),
    Column("gap_ci_high", NUM, "points", "Upper end of the 95 % interval of the gap (F10)."),
    Column("rank", INT, "place", "Place among the topics; 1: most is missing."),
    Column("rank_low", INT, "place", "Best place the answers allow."),
    Column("rank_high", INT, "place", "Worst place the answers allow."),
    Column("kendall_w", NUM, "0-1", "Agreement of the countries on the order (F28)."),
    Column("kendall_p", NUM, "0-1", "p value of no agreement at all (F28)."),
    Column("n_countries", INT, "countries", "Countries that rated every topic."),
    _open("frozen_on", DATE, "", "Day the baseline was locked."),
    *COMMON,
)
DEMAND = (
    _PARTNER,
    PERIOD,
    _open("n_codes", INT, "codes", "Different things asked for: capability by topic."),
    _open("widened_by", INT, "codes", "More than in the demand before."),
    _open("jaccard_prev", NUM, "0-1", "Codes in both demands of codes in either (F27)."),
    _open("n_advice", INT, "advice", "Advice first given in the period."),
    _open("n_advice_open", INT, "advice", "Of it not taken up yet."),
    _open("advice_times_given", NUM, "times", "How often an advice was given until it was taken up, mean."),
    _open("days_to_acceptance", NUM, "days", "Median days to acceptance (F31)."),
    *COMMON,
)
DEMAND_CODE = (
    _PARTNER,
    PERIOD,
    key("capability", "Capability the demand is coded to."),
    key("topic", "Topic the demand is coded to."),
    _open("n_statements", INT, "demands", "Demands with this code."),
    *COMMON,
)
ADVICE = (
    key("source", "The register it is from."),
    key("advice_id", "The advice, the same each time it is given."),
    _PARTNER,
    PERIOD,
    _open("given_by", TEXT, "", "Partners that gave it."),
    _open("first_given_on", DATE, "", "Day it was given first."),
    _open("times_given", INT, "times", "How often it was given until it was taken up."),
    _open("accepted_on", DATE, "", "Day it was taken up."),
    _open("accepted_after", TEXT, "", "Contact after which it was taken up."),
    _open("n_days", INT, "days", "Days to acceptance, or to the end of the log."),
    *COMMON,
)
FEEDBACK = (
    key("event_id", "The event; all: every event of the period."),
    PERIOD,
    key("item", "Statement of the form, or recommend."),
    _open("title", TEXT, "", "Title of the event."),
    _open("held_on", DATE, "", "Day of the event."),
    Column("n_respondents", INT, "persons", "Persons that answered."),
    Column("n_invited", INT, "persons", "Persons invited."),
    Column("response_rate", NUM, "share, 0-1", "Answered of invited."),
    Column("agree_share", NUM, "share, 0-1", "Share that agrees (F7)."),
    Column("agree_ci_low", NUM, "share, 0-1", "Lower end of its interval (F8)."),
    Column("agree_ci_high", NUM, "share, 0-1", "Upper end of its interval (F8)."),
    Column("nps", NUM, "points, -100 to 100", "Net promoter score (F14)."),
    Column("nps_ci_low", NUM, "points", "Lower end of its interval (F14)."),
    Column("nps_ci_high", NUM, "points", "Upper end of its interval (F14)."),
    *COMMON,
)
TOC = (
    key("version", "Version of the navigational map."),
    PERIOD,
    _open("reviewed_on", DATE, "", "Day it was agreed."),
    _open("n_nodes", INT, "boxes", "Boxes."),
    _open("n_edges", INT, "arrows", "Arrows that are not held."),
    _open("edges_assumed", INT, "arrows", "Arrows nobody has tested."),
    _open("edges_supported", INT, "arrows", "Arrows the evidence supports."),
    _open("edges_contradicted", INT, "arrows", "Arrows the evidence speaks against."),
    _open("edges_held", INT, "arrows", "Arrows that end nowhere or run in a circle."),
    _open("edges_changed", INT, "arrows", "Added, removed or revised against the version before."),
    _open("days_since_review", INT, "days", "Until the next review, or the date of the figures."),
    _open("revisions_with_evidence", INT, "arrows", "Added or revised arrows that name evidence."),
    *COMMON,
)
TOC_EDGE = (
    key("version", "Version of the navigational map."),
    key("edge_id", "The arrow."),
    PERIOD,
    _open("reviewed_on", DATE, "", "Day the version was agreed."),
    _open("from_node", TEXT, "", "Box it begins at."),
    _open("from_label", TEXT, "", "What that box says."),
    _open("to_node", TEXT, "", "Box it ends at."),
    _open("to_label", TEXT, "", "What that box says."),
    _open("status", TEXT, "", "assumed, supported or contradicted; empty: removed."),
    _open("status_before", TEXT, "", "Its status in the version before."),
    _open("change", TEXT, "", "first, added, removed, rewired, status or same."),
    _open("evidence_ref", TEXT, "", "Where the evidence is."),
    _open("reason", TEXT, "", "Why, as the review says it."),
    _open("is_held", BOOL, "", "True when it is in no count."),
    _open("held_reason", TEXT, "", "Why it is held."),
    *COMMON,
)
TABLES = {
    "pub_needs_baseline": NEEDS,
    "pub_demand": DEMAND,
    "pub_demand_code": DEMAND_CODE,
    "pub_advice": ADVICE,
    "pub_feedback": FEEDBACK,
    "pub_toc": TOC,
    "pub_toc_edge": TOC_EDGE,
}
