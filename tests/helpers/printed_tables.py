"""Each table an edition prints whose rows are rows of one mart: which mart, which rows, and how each cell is made."""

from __future__ import annotations

from typing import NamedTuple

from fake_release import PERIODS
from printed import (
    DASH,
    Cell,
    Row,
    beside,
    between,
    called,
    count,
    counted,
    gap,
    interval,
    pair,
    part,
    points,
    rounded,
    share,
    text,
    worded,
)

NOW = "period_id = '2026-H1'"
LABELS = {period[0]: period[3] for period in PERIODS}
BOTH: tuple[Cell, ...] = (
    points("score_a_of_b"), count("n_a_of_b"), points("score_b_of_a"), count("n_b_of_a"), gap(), interval("gap_"),
)  # fmt: skip


class Printed(NamedTuple):
    """A printed table.

    Attributes:
        section: Where it stands.
        mart: Of its rows.
        chosen: Which of them, as SQL.
        cells: How a row is printed.
        names: How many cells name it; the numbers after them are one word when they are withheld.
    """

    section: str
    mart: str
    chosen: str
    cells: tuple[Cell, ...]
    names: int = 1


def _personnel(row: Row) -> str:
    return share("personnel_share")(row) + " (alliance)" * (row["personnel_scope"] == "alliance")


def _indicator(row: Row) -> str:
    return f"{row['indicator_id']} {row['indicator_name']}"


def _who(row: Row) -> str:
    return pair(row) if row["dyad_id"] else called("partner_id")(row)


def _number(row: Row) -> str:
    """Return the number of a pair on the map of quadrants: those that are placed, in order."""
    return {"alpha--beta": "1", "alpha--delta": "2"}.get(row["dyad_id"], DASH)


def _quadrant(row: Row) -> str:
    words = {"healthy_delivering": "healthy, delivers", "healthy_not_yet": "healthy, not yet"}
    return words.get(row["quadrant"], row["quadrant"] or row["reason"])


def _r(low: str, high: str) -> Cell:
    return lambda row: between(row[low], row[high], lambda value: rounded(value, 2))


def _roles(row: Row) -> str:
    return f" {DASH} ".join(row[side].replace("_", " ") for side in ("role_a", "role_b"))


def _pair_of_scope(row: Row) -> str:
    return pair(row, "scope_id")


def _held(row: Row) -> str:
    return f"{counted(row['total'])} {row['unit']}"


def _kappa(row: Row) -> str:
    numbers = [rounded(row[key], 2) for key in ("kappa", "kappa_ci_low", "kappa_ci_high")]
    return "{} ({} to {})".format(*numbers) + f", n = {row['n_double_coded']}"


def _questions(row: Row) -> str:
    states = ("open", "advanced", "answered", "dropped")
    return ", ".join(f"{counted(row[f'questions_{one}'])} {one}" for one in states)


def _linked(row: Row) -> str:
    return ", ".join(called("id")({"id": one}) for one in row["linked_partners"].split(", "))


def _given(row: Row) -> str:
    return f"{called('given_by')(row)} → {called('partner_id')(row)}"


def _taken_up(row: Row) -> str:
    days = counted(row["n_days"])
    return f"open after {days} days" if row["accepted_on"] is None else f"{days} days, after {row['accepted_after']}"


def _reasons(row: Row) -> str:
    return "funding 1, moved on 3" if row["leaving_reasons"] else DASH


def _came(key: str) -> Cell:
    """Return forms of those asked; all forms where nobody wrote down how many were."""
    return lambda row: counted(row["submissions"] if key == "came" and row["expected"] is None else row[
        "received" if key == "came" else key])  # fmt: skip


def _turned(row: Row) -> str:
    if row["reason"] is not None:
        return str(row["reason"])
    again = "" if row["stayed_mutual"] else ", and one-way again since"
    return f"{LABELS[row['turning_period_id']]}{again}; {counted(row['turning_flow_total'])} exchanged in that period"


ASSOCIATED: tuple[Cell, ...] = (
    lambda row: "health, then results", worded("dimension"), count("lag"), count("n_dyads"), points("rho", 2),
    _r("ci_low", "ci_high"), points("rm_r", 2), _r("rm_ci_low", "rm_ci_high"))  # fmt: skip


def called_cycle(row: Row) -> str:
    """Return a cycle of the fixture in words."""
    return str(row["cycle_id"]).replace("water-", "Water, round ")


def _product(column: str) -> Cell:
    """Return what gives a version of the fixture's guide by its title, which only the second one has."""
    said = {"guide@0": "Guide, version 0", "guide@1": "A <b>guide</b> to meters, version 1", None: DASH}
    return lambda row: said[row[column]]


#: How the title begins -> the table.
TABLES: dict[str, Printed] = {
    "Results of the alliance": Printed(
        "results", "pub_indicator_progress", f"{NOW} and scope = 'alliance' and reason is null",
        (_indicator, text("unit"), *map(count, ("baseline", "target_in_force", "actual", "result_index")),
         lambda row: row["status"].replace("_", " "), part("n_summed", "results_due")), 2),
    "Targets that were changed": Printed(
        "results", "pub_indicator_progress", f"{NOW} and previous_target is not null and not is_suppressed",
        (text("indicator_id"), _who, count("previous_target"), count("target_latest"), count("target_in_force"),
         lambda row: f"{row['target_changed_on']:%-d %B %Y}", text("change_reason"))),
    "Results that cannot be judged": Printed(
        "results", "pub_indicator_progress", f"{NOW} and scope = 'partner' and result_index is null",
        (text("indicator_id"), _who, text("reason"))),
    "Agreements on tracking": Printed(
        "results", "pub_tracking", f"{NOW} and reason is not null",
        (text("indicator_id"), called("partner_id"), text("reason"))),
    "Pairs,": Printed(
        "dual", "pub_dual_tracking", NOW,
        (_number, pair, points("health_composite"), points("result_index"), _quadrant, points("trust"),
         points("challenge"), share("novelty_share"), lambda row: "yes" if row["echo_flag"] else "no"), 2),
    "Overall associations": Printed("dual", "pub_dual_correlation", "rho is not null and dimension = 'composite'",
                                    ASSOCIATED, 3),
    "Associations of pairs": Printed("annex", "pub_dual_correlation", "rho is not null", ASSOCIATED, 3),
    "Members and lead roles": Printed(
        "members", "pub_membership", f"{NOW} and type <> 'all'",
        (lambda row: {"ngo": "non-governmental"}.get(row["type"], row["type"]), count("n_partners"),
         share("member_share"), count("n_lead_roles"), share("lead_share"), points("representation_ratio", 1))),
    "Comings and goings": Printed(
        "members", "pub_turnover", "grouped_by = 'all'",
        (lambda row: LABELS[row["period_id"]],
         lambda row: {"partner": "organisations", "person": "people"}[row["entity_kind"]],
         *map(count, ("n_start", "n_joined", "n_left", "n_left_with_successor")), share("retained"), _reasons), 2),
    "Decisions, roles": Printed(
        "power", "pub_power_balance", f"{NOW} and scope = 'alliance'",
        (lambda row: {"airtime": "Minutes spoken", "budget": "Money"}.get(row["resource"], "Decisions"), _held,
         share("top_share"), points("gini_star", 2), points("effective_n", 1))),
    "Felt influence": Printed(
        "power", "pub_power_balance", f"{NOW} and scope = 'dyad'",
        (_pair_of_scope, beside(gap("perceived_influence_gap"), interval("gap_")), share("top_share"))),
    "What the work is for": Printed(
        "expectations", "pub_expectation_gap", NOW,
        (worded("expectation"), _roles, lambda row: f"{rounded(row['score_a'])}; {rounded(row['score_b'])}",
         lambda row: f"{row['n_a']}; {row['n_b']}",
         beside(gap(), interval("gap_"))), 2),
    "Peer assessments": Printed(
        "expectations", "pub_peer_assessment", NOW,
        (text("criterion"), count("n_pairs"), points("self_score"), points("peer_score"), gap(),
         lambda row: f"{share('follow_through')(row)} ({part('n_done', 'n_agreed')(row)})")),
    "Health of partnerships": Printed(
        "expectations", "pub_health_strata", NOW,
        (lambda row: "Set-up", lambda row: {"stand_alone": "alone"}.get(row["stratum"], "as a complement"),
         count("n_dyads"), points("mean_score"), points("sd"))),
    "Types of learning": Printed(
        "learning", "pub_learning_types", NOW,
        (lambda row: {"all": "All, each name once", "intervention": "Intervention"}.get(
            row["learning_type"], "Knowledge and capacity"),
         *map(count, ("claims", "n_agencies", "n_local_organisations", "n_countries", "n_used")))),
    "What people say": Printed(
        "learning", "pub_coding", f"{NOW} and not is_suppressed",
        (worded("question_id"), text("label"), part("n_with_code", "n_coded"), interval("code_", True),
         count("n_disputed"), _kappa), 2),
    "Named a resource": Printed(
        "learning", "pub_leverage", NOW,
        (called("partner_id"), *map(count, ("n_nominators", "n_nominations", "n_applied_institutional",
                                            "n_applied_contextual", "n_practices_changed")))),
    "Products and questions": Printed(
        "cycles", "pub_learning_cycle", NOW,
        (called_cycle, text("theme"), part("products_delivered", "products_expected"), worded("products_missing"),
         _questions, count("facilitation_days"), _personnel)),
    "Questions still open": Printed(
        "cycles", "pub_question", "is_open", (text("question"), text("status"), count("age_days"), _linked)),
    "Products of": Printed(
        "cycles", "pub_product", NOW,
        (_product("version_key"), worded("type"), _product("parent_version_key"), count("lineage_depth"),
         count("n_contexts"))),
    "How people came in": Printed(
        "cycles", "pub_entry_profile", "item = 'all'",
        (called("scope_id"), count("n_respondents"), points("score"), interval())),
    "Advice, and": Printed(
        "needs", "pub_advice", "true", (worded("advice_id"), _given, count("times_given"), _taken_up)),
    "What came of what was expected": Printed(
        "coverage", "pub_data_quality", f"{NOW} and (submissions > 0 or expected is not null or is_suppressed)",
        (called("partner_id"), text("source"), _came("came"), _came("expected"), share("completeness"),
         share("on_time_share")), 2),
    "Rows held by partner": Printed(
        "held", "pub_data_quality", f"{NOW} and rows_held + coalesce(cells_held, 0) > 0",
        (called("partner_id"), text("source"), count("rows_received"), count("rows_held"),
         lambda row: counted(row["cells_held"] or 0)), 5),
    "Checks that found": Printed(
        "held", "check_summary", "n_failed > 0",
        (text("rule_id"), text("source"), text("severity"), count("n_failed"), count("n_checked"))),
    "Capability scores": Printed(
        "annex", "pub_capability_score", NOW,
        (called("partner_id"), called("capability"), called("level"), count("n_respondents"), points("score"),
         interval(), share("pct_positive")), 3),
    "Partnership health: overall": Printed(
        "annex", "pub_health_dyad", f"{NOW} and dimension = 'composite'",
        (pair, *BOTH, called("weakest_dimension"))),
    "Partnership health: both": Printed(
        "annex", "pub_health_dyad", f"{NOW} and dimension <> 'composite'", (pair, called("dimension"), *BOTH), 2),
    "Changes of capability": Printed(
        "annex", "pub_capability_change", "period_to = '2026-H1' and comparable",
        (called("partner_id"), called("capability"), called("level"), lambda row: LABELS[row["period_from"]],
         gap("diff"), interval("diff_"),
         lambda row: f"two groups, {counted(row['n_from'])} and {counted(row['n_to'])} persons"), 4),
    "How the balance moved over time": Printed(
        "annex", "pub_mutuality_turning", "last_period_id = '2026-H1'",
        (pair, called("measure"), count("n_periods"), points("mutual_trend_slope", 2), _turned)),
    "The network over the periods": Printed(
        "network", "pub_network_period", "channel = 'all'",
        (lambda row: LABELS[row["period_id"]], count("n_partners"),
         lambda row: f"{row['edges']} of {row['n_partners'] * (row['n_partners'] - 1)}", share("edge_reciprocity"),
         share("weighted_reciprocity"), share("weighted_reciprocity_expected"), points("gini_out", 2),
         points("gini_in", 2))),
    "Two-way flow": Printed(
        "annex", "pub_mutuality_dyad", NOW,
        (pair, called("measure"), called("channel"), count("flow_ab"), count("flow_ba"), share("share_a"),
         interval("share_", True), count("n_distinct_days")), 3),
    "Data quality": Printed(
        "annex", "pub_data_quality", NOW,
        (called("partner_id"), text("source"), count("rows_held"), count("rows_received"), count("duplicates"),
         share("item_missing_rate", 1), share("on_time_share"), count("median_lag_days")), 2),
}  # fmt: skip
