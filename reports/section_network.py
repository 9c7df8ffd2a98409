"""The section on the alliance as a network: is much given back, and do a few give or receive most of it?

What counts as much is what chance would give back with the same totals of each partner (F20). A network is all there is
of it and no sample: its numbers have no interval, and nothing is claimed to have risen or fallen.
"""

from __future__ import annotations

import polars as pl

from melflow.reports import rounding
from melflow.reports.charts_change import given_back
from melflow.reports.context import Context, Row
from melflow.reports.document import Block, Figure, Paragraph, Section, Sentences
from melflow.reports.findings_flow import ALL_CHANNELS, MEASURES
from melflow.reports.grid import grid
from melflow.reports.tells import tells
from melflow.reports.vector import draw

#: Published tables it reads, in the order of the workbook.
TABLES = ("pub_network_period",)


def networks(context: Context) -> list[Row]:
    """Return the network of each period in the first measure that is there, over all channels, oldest first."""
    rows = context.data.table("pub_network_period", all_periods=True)
    rows = rows.filter(~pl.col("is_suppressed"), channel=ALL_CHANNELS)
    there = set(rows["measure"])
    measure = next((name for name in MEASURES if name in there), MEASURES[0])
    found = {row["period_id"]: row for row in rows.filter(measure=measure).to_dicts()}
    return [found[period.period_id] for period in context.data.periods if period.period_id in found]


def now(context: Context) -> Row | None:
    """Return the network of the edition's period; None when none may be shown."""
    return next((row for row in networks(context) if row["period_id"] == context.data.period.period_id), None)


def possible(row: Row) -> int:
    """Return how many directions there are between the partners of a network."""
    return int(row["n_partners"] * (row["n_partners"] - 1))


def section(context: Context) -> Section:
    """Return the section on the network."""
    rows, row = networks(context), now(context)
    blocks: list[Block] = [Paragraph(context.say("network.lead"))]
    if row is not None:
        blocks.append(Sentences(tuple(_said(context, row))))
    if rows:
        blocks += [_figure(context, rows), _table(context, rows)]
    return Section("network", context.say("section.network"), tuple(blocks), is_blank=row is None)


def _said(context: Context, row: Row) -> list[str]:
    facts = {"measure": context.say(f"measure.{row['measure']}"), "period": context.period}
    counts = {"n": context.count(row["n_partners"]), "edges": context.count(row["edges"])}
    said = [context.say("network.reach", of=context.count(possible(row)), **counts, **facts)]
    if row["weighted_reciprocity"] is not None:
        back = context.percent(row["weighted_reciprocity"])
        if row["weighted_reciprocity_rho"] is None:
            said.append(context.say("network.back", back=back, why=context.why(row["reason"])))
        else:
            chance = context.percent(row["weighted_reciprocity_expected"])
            said.append(context.say("network.back.chance", back=back, chance=chance))
    if row["gini_out"] is not None and row["gini_in"] is not None:
        given, received = (rounding.number(row[name], 2, context.language) for name in ("gini_out", "gini_in"))
        said.append(context.say("network.spread", given=given, received=received))
    return said


def _figure(context: Context, rows: list[Row]) -> Figure:
    labels = {period.period_id: period.label for period in context.data.periods}
    words = (context.say("network.given_back"), context.say("network.by_chance"))
    points, texts = [], []
    for row in rows:
        facts = {"back": context.percent(row["weighted_reciprocity"]),
                 "chance": context.percent(row["weighted_reciprocity_expected"])}  # fmt: skip
        label = labels[row["period_id"]]
        points.append(
            {
                "period": label,
                "back": row["weighted_reciprocity"],
                "chance": row["weighted_reciprocity_expected"],
                "tells": tells(label, context.say("figure.network.tells", **facts)),
            }
        )
        texts.append(context.say("figure.network.row", period=label, **facts))
    chart = given_back(points, [point["period"] for point in points], words)
    title = context.say("figure.network", measure=context.say(f"measure.{rows[-1]['measure']}"))
    text = context.say("figure.network.alt", rows=" ".join(texts))
    return draw(chart, "network", title, text, context.say("figure.network.note"))


def _table(context: Context, rows: list[Row]) -> Block:
    labels = {period.period_id: period.label for period in context.data.periods}
    head = (("own_period", 1.7, False), ("partners", 0.9, True), ("directions", 1.2, True), ("reciprocal", 1.2, True),
            ("back", 1.1, True), ("chance", 1.1, True), ("spread_out", 1.2, True),
            ("spread_in", 1.2, True))  # fmt: skip
    lines = [
        (
            labels[row["period_id"]],
            context.count(row["n_partners"]),
            context.say("network.of", n=context.count(row["edges"]), of=context.count(possible(row))),
            *(context.percent(row[name]) for name in (
                "edge_reciprocity", "weighted_reciprocity", "weighted_reciprocity_expected")),
            *(rounding.number(row[name], 2, context.language) for name in ("gini_out", "gini_in")),
        )
        for row in rows
    ]  # fmt: skip
    return grid(context, "network", head, lines)
