"""The section on the navigational map: drawn, with what its latest review changed and why."""

from __future__ import annotations

import polars as pl

from melflow.reports import charts_needs, rounding
from melflow.reports.context import Context, Row
from melflow.reports.document import Block, Figure, Paragraph, Section, Sentences, Table
from melflow.reports.map_layout import layers
from melflow.reports.vector import draw, wrapped

#: Published tables it reads, in the order of the workbook.
TABLES = ("pub_toc", "pub_toc_edge")

_CHANGED = ("added", "removed", "rewired", "status")


def section(context: Context) -> Section:
    """Return the section; blank when no version of the map can be published."""
    versions = context.data.table("pub_toc", all_periods=True).sort("reviewed_on", "version").to_dicts()
    if not versions:
        nothing = Sentences((context.say("map.none", period=context.period),))
        return Section("map", context.say("section.map"), (nothing,), is_blank=True)
    now, before = versions[-1], versions[-2] if len(versions) > 1 else None
    rows = context.data.table("pub_toc_edge", all_periods=True)
    edges = rows.filter(pl.col("version") == now["version"]).sort("edge_id").to_dicts()
    blocks: list[Block] = [Paragraph(context.say("map.lead")), Sentences(_findings(context, now, before, edges))]
    blocks += _figure(context, now, [edge for edge in edges if not edge["is_held"]])
    changed = _changed(context, now, edges)
    return Section("map", context.say("section.map"), (*blocks, *([changed] if changed.rows else [])))


def _findings(context: Context, now: Row, before: Row | None, edges: list[Row]) -> tuple[str, ...]:
    counts = {name: now[f"edges_{name}"] for name in ("supported", "contradicted", "assumed")}
    day = rounding.date(now["reviewed_on"], context.language)
    said = [context.say("map.status", version=now["version"], date=day, n=now["n_edges"], **counts)]
    if before is not None:
        key = "map.changed" if now["edges_changed"] else "map.same"
        facts = {"n": now["edges_changed"], "evidence": now["revisions_with_evidence"]}
        said.append(context.say(key, before=before["version"], **facts))
    said.append(context.say("map.age", days=context.count(now["days_since_review"])))
    held = [edge for edge in edges if edge["is_held"]]
    if held:
        reasons = context.joined(f"{edge['edge_id']}: {context.why(edge['held_reason'])}" for edge in held)
        said.append(context.say("map.held", n=len(held), reasons=reasons))
    return tuple(said)


def _figure(context: Context, now: Row, edges: list[Row]) -> list[Figure]:
    current = [edge for edge in edges if edge["status"] is not None]
    if not current:
        return []
    places = layers([(edge["from_node"], edge["to_node"]) for edge in current])
    labels = {edge[f"{end}_node"]: edge[f"{end}_label"] for edge in current for end in ("from", "to")}
    boxes = [{"x": x, "y": y, "label": wrapped(labels[node] or node, 20, 3)} for node, (x, y) in places.items()]
    arrows, words = [], []
    for edge in edges:
        if edge["from_node"] not in places or edge["to_node"] not in places:  # dropped together with its box
            continue
        (x, y), (x2, y2) = places[edge["from_node"]], places[edge["to_node"]]
        status = edge["status"] or "removed"
        bold = edge["change"] in ("added", "rewired", "status")
        names = {"one": edge["from_label"], "other": edge["to_label"]}
        change = context.say(f"change.map.{edge['change']}")
        was = context.say(f"status.{edge['status'] or edge['status_before'] or status}")
        said = context.say("figure.map.row", status=was, change=change, **names)
        arrows.append({"x": x, "y": y, "x2": x2, "y2": y2, "status": status, "bold": bold, "tells": said})
        words.append(said)
    columns = 1 + max(x for x, _ in places.values())
    lines = 1 + max(y for _, y in places.values())
    chart = charts_needs.network(boxes, arrows, columns, int(lines + 0.5))
    title = context.say("figure.map", version=now["version"])
    text = context.say("figure.map.alt", rows=" ".join(words))
    return [draw(chart, "map", title, text, context.say("figure.map.note"))]


def _changed(context: Context, now: Row, edges: list[Row]) -> Table:
    rows = []
    for edge in edges:
        if edge["change"] not in _CHANGED:
            continue
        before, after = (
            context.say(f"status.{one}") if one else rounding.NOTHING for one in (edge["status_before"], edge["status"])
        )
        change = context.say(f"change.map.{edge['change']}")
        reason, evidence = edge["reason"] or "", edge["evidence_ref"]
        why = context.say("map.why", reason=reason, evidence=evidence).strip() if evidence else reason
        arrow = f"{edge['from_label'] or edge['from_node']} → {edge['to_label'] or edge['to_node']}"
        rows.append((arrow, before, f"{after} ({change})" if edge["status"] else change, why or rounding.NOTHING))
    return Table(
        title=context.say("table.map", version=now["version"]),
        columns=tuple(context.say(f"col.{name}") for name in ("arrow", "before", "now", "why_evidence")),
        widths=(3.6, 1.3, 2.2, 4),
        numeric=(False, False, False, False),
        rows=tuple(rows),
    )
