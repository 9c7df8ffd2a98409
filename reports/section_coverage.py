"""The section for the alliance's own data officer on what came of the forms that were expected."""

from __future__ import annotations

import polars as pl

from melflow.reports import charts_quality, rounding
from melflow.reports.context import Context, Row, pages
from melflow.reports.document import Block, Figure, Paragraph, Section
from melflow.reports.grid import grid
from melflow.reports.tells import tells
from melflow.reports.vector import BLUE, draw, wrapped

#: Published tables it reads, in the order of the workbook.
TABLES = ("pub_data_quality",)
BARS = 18  # on a page


def forms(context: Context) -> pl.DataFrame:
    """Return the partners and sources of which forms were expected or came."""
    has_forms = (pl.col("submissions") > 0) | pl.col("expected").is_not_null() | pl.col("is_suppressed")
    return context.data.table("pub_data_quality").filter(has_forms.fill_null(value=False))


def section(context: Context) -> Section:
    """Return the section on forms received of people asked; blank when none was expected or came."""
    rows = forms(context)
    blocks: list[Block] = [Paragraph(context.say("coverage.lead"))]
    head = (("who", 2.8, False), ("came_source", 2.4, False), ("forms_came", 0.9, True), ("asked", 0.9, True),
            ("came_share", 0.9, True), ("forms_on_time", 0.9, True))  # fmt: skip
    found = rows.to_dicts()
    blocks += _figures(context, found)
    blocks.append(grid(context, "coverage", head, [_cells(context, row) for row in found]))
    return Section("coverage", context.say("section.coverage"), tuple(blocks), is_blank=rows.is_empty())


def _figures(context: Context, found: list[Row]) -> list[Figure]:
    """Return the forms that came of those asked; where nobody wrote down how many were, what came alone."""
    drawn = [_bar(context, row) for row in found]
    longest = max([row["longer"] for row in drawn if row["longer"] is not None], default=0)
    figures = []
    portions = pages(drawn, BARS)
    for number, chosen in enumerate(portions, start=1):
        title = context.part(context.say("figure.coverage", period=context.period), number, portions)
        text = context.say("figure.coverage.alt", bars=len(chosen), rows=context.joined(
            row["tells"].replace("\n", ": ") for row in chosen))  # fmt: skip
        chart = charts_quality.parts(
            list(chosen), [row["label"] for row in chosen], longest, context.say("figure.coverage.axis"), BLUE,
            context.suppressed,
        )  # fmt: skip
        figures.append(draw(chart, f"coverage-{number}", title, text, context.say("figure.coverage.note")))
    return figures


def _bar(context: Context, row: Row) -> Row:
    came = _came(row)
    if row["is_suppressed"]:
        words = context.suppressed
    elif row["expected"] is None:
        words = context.count(came)
    else:
        words = context.say("figure.coverage.bar", came=context.count(came), asked=context.count(row["expected"]))
    name = context.partner(row["partner_id"])
    known = [number for number in (came, row["expected"]) if number is not None and not row["is_suppressed"]]
    return {
        "label": f"{wrapped(name, 32, 1)}\n{wrapped(row['source'], 32, 1)}",
        "whole": row["expected"], "part": came, "longer": max(known, default=None), "words": words,
        "hidden": row["is_suppressed"], "tells": tells((name, row["source"]), words),
    }  # fmt: skip


def _came(row: Row) -> int | None:
    """Return the forms of those asked; all forms where nobody wrote down how many were."""
    came: int | None = row["submissions"] if row["expected"] is None else row["received"]
    return came


def _cells(context: Context, row: Row) -> tuple[str, ...]:
    if row["is_suppressed"]:
        return (context.partner(row["partner_id"]), row["source"], context.suppressed)
    counts = (rounding.NOTHING if one is None else context.count(one) for one in (_came(row), row["expected"]))
    shares = (context.percent(row[key]) for key in ("completeness", "on_time_share"))
    return (context.partner(row["partner_id"]), row["source"], *counts, *shares)
