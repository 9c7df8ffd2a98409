"""What each point of a chart of an edition tells of its row of a mart, in other words than the reports' own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from printed import DASH, NAMES, Row, between, counted, pair, percent, rounded, signed
from printed_tables import LABELS, NOW, called_cycle

Told = Callable[[dict[str, Any]], str]


def told_interval(value: str, low: float | None, high: float | None, kind: Callable[..., str] = rounded) -> str:
    return f"{value}, 95\N{NO-BREAK SPACE}% interval {between(low, high, kind)}"


def told_views(row: dict[str, Any]) -> str:
    gap = f"{signed(row['gap'])}  ({between(row['gap_ci_low'], row['gap_ci_high'])})"
    return f"{rounded(row['score_a_of_b'])} and {rounded(row['score_b_of_a'])}, gap {gap}"


def told_share(row: dict[str, Any]) -> str:
    return told_interval(percent(row["share_a"]), row["share_ci_low"], row["share_ci_high"], percent)


def told_flow(row: dict[str, Any]) -> str:
    return (
        f"first gave {counted(row['flow_ab'])}, second gave {counted(row['flow_ba'])}; share of first {told_share(row)}"
    )


def told_score(row: dict[str, Any]) -> str:
    return told_interval(rounded(row["score"]), row["ci_low"], row["ci_high"])


def told_result(row: dict[str, Any]) -> str:
    of = f"{counted(row['actual'])} of {counted(row['target_in_force'])}"
    return f"index {counted(row['result_index'])}, {row['status'].replace('_', ' ')}; {of}"


def told_gap(row: dict[str, Any]) -> str:
    gap = row["gap"] if "gap" in row else row["perceived_influence_gap"]
    return f"{signed(gap)} ({between(row['gap_ci_low'], row['gap_ci_high'])})"


def told_power(row: dict[str, Any]) -> str:
    effective = f"as if shared by {rounded(row['effective_n'], 1)} of {row['n_actors']}"
    return f"{percent(row['top_share'])}; {effective}; concentration {rounded(row['gini_star'], 2)}"


def told_turnover(row: dict[str, Any]) -> str:
    return f"{row['n_joined']} came, {row['n_left']} left; {percent(row['retained'])} retained"


def told_moved(row: dict[str, Any]) -> str:
    return told_interval(signed(row["diff"]), row["diff_ci_low"], row["diff_ci_high"])


def told_network(row: dict[str, Any]) -> str:
    expected = percent(row["weighted_reciprocity_expected"])
    return f"{percent(row['weighted_reciprocity'])} given back, {expected} by chance"


def told_came(row: dict[str, Any]) -> str:
    return counted(row["submissions"]) if row["expected"] is None else f"{row['received']} of {row['expected']}"


TOTALS = f"{NOW} and scope = 'alliance' and (is_suppressed or result_index is not null)"
CAME = f"{NOW} and (submissions > 0 or expected is not null or is_suppressed)"
MOVED = "period_to = '2026-H1' and comparable and not is_suppressed"
OF_SCORES = ("partner_id", "capability", "level", "period_id")
#: Figure -> mart, which of its rows, what each point tells of its row, and the columns that name the point.
CHARTS: dict[str, tuple[str, str, Told, tuple[str, ...]]] = {
    "capability-self-1": ("pub_capability_score", NOW, told_score, OF_SCORES),
    "change-self-1": ("pub_capability_score", "true", told_score, OF_SCORES),
    "views-1": ("pub_health_dyad", f"{NOW} and dimension = 'composite'", told_views, ("dyad_id",)),
    "dimensions-1": ("pub_health_dyad", f"{NOW} and dimension <> 'composite'", told_views, ("dyad_id", "dimension")),
    "flow-1": ("pub_mutuality_dyad", NOW, told_flow, ("dyad_id",)),
    "trajectory-1": ("pub_mutuality_dyad", "true", told_share, ("dyad_id", "period_id")),
    "moved-self-1": ("pub_capability_change", MOVED, told_moved, OF_SCORES[:3]),
    "network": ("pub_network_period", "channel = 'all'", told_network, ("period_id",)),
    "results-1": ("pub_indicator_progress", TOTALS, told_result, ("indicator_id",)),
    "power": ("pub_power_balance", f"{NOW} and scope = 'alliance'", told_power, ("resource",)),
    "influence-1": ("pub_power_balance", f"{NOW} and scope = 'dyad'", told_gap, ("scope_id",)),
    "expectations-1": ("pub_expectation_gap", NOW, told_gap, ("expectation", "role_b")),
    "turnover-partner": ("pub_turnover", "entity_kind = 'partner'", told_turnover, ("period_id",)),
    "turnover-person": ("pub_turnover", "entity_kind = 'person'", told_turnover, ("period_id",)),
    "coverage-1": ("pub_data_quality", CAME, told_came, ("partner_id", "source")),
}
#: What a point is called, by the value of a key column.
CALLED = NAMES | LABELS | {
    "airtime": "Minutes spoken", "budget": "Money", "decisions": "Decisions", "adjust": "Adjust", "learn": "Learn",
    "partner": f"commissioner {DASH} partner", "learning_partner": f"commissioner {DASH} learning partner",
    "WC-01": "WC-01 Result 0", "RP-02": "RP-02 Result 1", "LE-03": "LE-03 Result 2", "TT-04": "TT-04 Withheld",
}  # fmt: skip

RUNGS = ("nothing came through", "received", "read and understood", "cited", "effort made", "choices influenced",
         "applied", "had an impact")  # fmt: skip


def told_ladder(row: Row) -> list[str]:
    """Return for each rung how many claims came as far, and the share that goes on."""
    said = []
    for rung, name in enumerate(RUNGS):
        words = str(sum(row[f"n_rung{one}"] for one in range(rung, len(RUNGS))))
        if rung < len(RUNGS) - 1:
            ci = between(row[f"conv_{rung}_ci_low"], row[f"conv_{rung}_ci_high"], percent)
            words += f"; {percent(row[f'conv_{rung}'])} go on ({ci})"
        said.append(f"{rung} {name}\n{words}")
    return said


def told_responses(row: Row) -> list[str]:
    level = {"local": "Local", "all": "All levels"}[row["actor_level"]]
    kinds = ("obstructive", "neutral", "reinforcing")
    return [f"{level}\n{kind}: {row[f'n_{kind}']} of {row['n_responses']}" for kind in kinds]


def told_quadrant(row: Row) -> list[str]:
    index = rounded(row["result_index"])
    return [f"{pair(row)} health {rounded(row['health_composite'])}, result index {index}."]


def told_need(row: Row) -> list[str]:
    place = f"{row['rank']}. ({row['rank_low']} to {row['rank_high']})"
    scores = f"importance {rounded(row['importance'])}, current {rounded(row['current'])}, gap {rounded(row['gap'])}"
    return [f"{row['topic'].capitalize()}: {scores}, place {place}."]


def told_arrow(row: Row) -> list[str]:
    change = {"status": "status changed", "same": "unchanged", "removed": "dropped"}[row["change"]]
    return [f"{row['from_label']} → {row['to_label']}: {row['status'] or row['status_before']}, {change}."]


def told_cycle(row: Row) -> list[str]:
    days = f"{row['slippage_days']} days late" if row["actual_end"] else f"open, {row['elapsed_days']} days"
    return [f"{called_cycle(row)}\n{days}"]


def told_held(row: Row) -> list[str]:
    return [f"{NAMES[row['partner_id']]}\n{counted(row['held'])} of {counted(row['received'])} held"]


#: Figure -> the rows of its mart, and what the points of one of them tell.
SENTENCES: dict[str, tuple[str, Callable[[Row], list[str]]]] = {
    "ladder": (f"from pub_learning_use where {NOW} and scope = 'alliance' and level = 'all'", told_ladder),
    "responses": (f"from pub_actor_response where {NOW}", told_responses),
    "quadrants": (f"from pub_dual_tracking where {NOW} and quadrant is not null and not is_suppressed", told_quadrant),
    "needs": ("from pub_needs_baseline where scope = 'alliance' and not is_suppressed", told_need),
    "map": (f"from pub_toc_edge where {NOW}", told_arrow),
    "cycles-1": ("from pub_learning_cycle", told_cycle),
    "quality-1": ("select partner_id, sum(rows_held) as held, sum(rows_received) as received from pub_data_quality "
                  f"where {NOW} and not is_suppressed group by partner_id", told_held),
}  # fmt: skip
