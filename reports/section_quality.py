"""The section on the quality of the data: what came, and "n of m rows held" for each partner."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from melflow.reports import charts_quality
from melflow.reports.context import Context, Row, pages
from melflow.reports.document import Block, Figure, Paragraph, Section, Sentences
from melflow.reports.tells import tells
from melflow.reports.vector import ORANGE, draw

#: Published tables it reads, in the order of the workbook.
TABLES = ("pub_data_quality",)

PARTNERS = 26  # on a page


def section(context: Context) -> Section:
    """Return the section; blank when no row came."""
    rows = context.data.table("pub_data_quality")
    blocks: list[Block] = [Paragraph(context.say("quality.lead")), Sentences(context.findings.quality)]
    held = rows.group_by("partner_id").agg(pl.col("rows_received", "rows_held").sum())
    bars = sorted(held.to_dicts(), key=lambda row: context.partner(row["partner_id"]))
    labels = context.unique([row["partner_id"] for row in bars], 32, 1)
    most = max([row["rows_received"] for row in bars], default=0)
    portions = pages(bars, PARTNERS)
    for number, chosen in enumerate(portions, start=1):
        title = context.part(context.say("figure.quality", period=context.period), number, portions)
        blocks.append(_rows_held(context, chosen, labels, most, f"quality-{number}", title))
    blank = rows["rows_received"].drop_nulls().is_empty()
    return Section("quality", context.say("section.quality"), tuple(blocks), is_blank=blank)


def _rows_held(
    context: Context, bars: Sequence[Row], labels: dict[str, str], most: int, key: str, title: str
) -> Figure:
    rows, words = [], []
    for bar in bars:
        facts = {"held": context.count(bar["rows_held"]), "received": context.count(bar["rows_received"])}
        rows.append(
            {
                "label": labels[bar["partner_id"]],
                "whole": bar["rows_received"],
                "part": bar["rows_held"],
                "longer": bar["rows_received"],
                "hidden": False,
                "words": context.say("figure.quality.bar", **facts),
                "tells": tells(context.partner(bar["partner_id"]), context.say("figure.quality.bar", **facts)),
            }
        )
        words.append(context.say("figure.quality.row", partner=context.partner(bar["partner_id"]), **facts))
    text = context.say("figure.quality.alt", partners=len(rows), rows=context.joined(words) + ".")
    axis = context.say("figure.quality.axis")
    chart = charts_quality.parts(rows, [row["label"] for row in rows], most, axis, ORANGE, context.suppressed)
    return draw(chart, key, title, text, context.say("figure.quality.note"))
