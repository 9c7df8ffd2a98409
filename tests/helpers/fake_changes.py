"""What a fake release says of several waves or of the whole network, made from its scores and flows."""

from __future__ import annotations

from typing import Any


def turnings(flows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what is known of each dyad's turning at the end of each period, by the rule of the mart."""
    rows, past = [], {}
    for row in flows:
        seen = past.setdefault(row["dyad_id"], [])
        seen.append(row)
        ways = [not one["share_ci_low"] <= 0.5 <= one["share_ci_high"] for one in seen]
        first = ways.index(True) if any(ways) else len(ways)
        turned = next((number for number, way in enumerate(ways) if number > first and not way), None)
        found = {"reason": "never clearly one-directional" if not any(ways) else "one-directional to the last period"}
        if turned is not None:
            at = seen[turned]
            found = {
                "turning_period_id": at["period_id"], "turning_flow_total": float(at["flow_total"]),
                "turning_mutual_share": at["mutual_share"], "stayed_mutual": not any(ways[turned:]),
            }  # fmt: skip
        grain = {name: row[name] for name in ("dyad_id", "period_id", "measure")}
        rows.append(grain | found | {"n_periods": len(seen), "n_one_way_periods": sum(ways)})
    return rows


def networks(flows: list[dict[str, Any]], n_partners: int) -> list[dict[str, Any]]:
    """Return a network of each period: what its pairs gave each other."""
    rows = []
    for period_id in sorted({row["period_id"] for row in flows}):
        pairs = [row for row in flows if row["period_id"] == period_id]
        total, edges = sum(row["flow_total"] for row in pairs), 2 * len(pairs)
        back = sum(2 * min(row["flow_ab"], row["flow_ba"]) for row in pairs) / total
        rows.append(
            {
                "period_id": period_id, "measure": "events", "channel": "all", "n_partners": n_partners,
                "edges": edges, "density": edges / (n_partners * (n_partners - 1)), "flow_total": float(total),
                "edge_reciprocity": 1.0, "weighted_reciprocity": back, "weighted_reciprocity_expected": 0.41,
                "weighted_reciprocity_rho": (back - 0.41) / 0.59, "gini_out": 0.2, "gini_in": 0.3,
                "centralisation_out": 0.1, "centralisation_in": 0.2, "reason": "types of partners are not known",
            }
        )  # fmt: skip
    return rows


def changes(scores: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the changes since the first wave; an interval leaves out zero when those of the scores do not overlap."""
    rows, firsts = [], {}
    for row in scores:
        grain = {name: row[name] for name in ("partner_id", "capability", "level", "rater")}
        first = firsts.setdefault(tuple(grain.values()), row)
        if first is row:
            continue
        rows.append(
            grain
            | {
                "period_from": first["period_id"], "period_id": row["period_id"], "comparable": True,
                "linkage": "unlinked", "n_from": first["n_respondents"], "n_to": row["n_respondents"],
                "n_respondents": min(first["n_respondents"], row["n_respondents"]),
                "diff": row["score"] - first["score"], "diff_ci_low": row["ci_low"] - first["ci_high"],
                "diff_ci_high": row["ci_high"] - first["ci_low"],
                "is_suppressed": row.get("is_suppressed", False) or first.get("is_suppressed", False),
            }
        )  # fmt: skip
    return rows
