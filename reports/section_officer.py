"""The sections for the alliance's own data officer: what came of what was expected, and what is held and why.

The quality report (reports/quality.py) is for every period and each partner; here is what an edition needs of it.
"""

from __future__ import annotations

import polars as pl

from melflow.reports import rounding
from melflow.reports.context import Context, Row
from melflow.reports.document import Block, Paragraph, Section
from melflow.reports.findings_flow import rows_held
from melflow.reports.grid import grid
from melflow.reports.quality import rules


def forms(context: Context) -> pl.DataFrame:
    """Return the partners and sources of which forms were expected or came."""
    has_forms = (pl.col("submissions") > 0) | pl.col("expected").is_not_null() | pl.col("is_suppressed")
    return context.data.table("pub_data_quality").filter(has_forms.fill_null(value=False))


def coverage(context: Context) -> Section:
    """Return the section on forms received of people asked; blank when none was expected or came."""
    rows = forms(context)
    blocks: list[Block] = [Paragraph(context.say("coverage.lead"))]
    head = (("who", 2.8, False), ("came_source", 2.4, False), ("forms_came", 0.9, True), ("asked", 0.9, True),
            ("came_share", 0.9, True), ("forms_on_time", 0.9, True))  # fmt: skip
    lines = [_came(context, row) for row in rows.to_dicts()]
    blocks.append(grid(context, "coverage", head, lines))
    return Section("coverage", context.say("section.coverage"), tuple(blocks), is_blank=rows.is_empty())


def _came(context: Context, row: Row) -> tuple[str, ...]:
    if row["is_suppressed"]:
        return (context.partner(row["partner_id"]), row["source"], context.suppressed)
    came = row["submissions"] if row["expected"] is None else row["received"]
    counts = (rounding.NOTHING if number is None else context.count(number) for number in (came, row["expected"]))
    shares = (context.percent(row[key]) for key in ("completeness", "on_time_share"))
    return (context.partner(row["partner_id"]), row["source"], *counts, *shares)


def held(context: Context) -> Section:
    """Return the section on rows held by checks, where they are, and the rules that were broken."""
    n_held, received = rows_held(context.data)
    rows = context.data.table("pub_data_quality").filter(pl.col("rows_held") + pl.col("cells_held").fill_null(0) > 0)
    facts = {"held": context.count(n_held), "received": context.count(received), "period": context.period}
    blocks: list[Block] = [Paragraph(context.say("held.lead" if n_held else "held.none", **facts))]
    head = (("who", 2.8, False), ("came_source", 2.4, False), ("received_rows", 1.0, True), ("held_rows", 0.9, True),
            ("held_cells", 1.1, True))  # fmt: skip
    lines = [
        (
            context.partner(row["partner_id"]), row["source"],
            *(context.count(row[key] or 0) for key in ("rows_received", "rows_held", "cells_held")),
        )
        for row in rows.sort("rows_held", "cells_held", descending=True, maintain_order=True).to_dicts()
    ]  # fmt: skip
    blocks.append(grid(context, "held", head, lines))
    checks = context.data.failed_checks
    if not checks.is_empty():
        blocks += [Paragraph(context.say("held.rules"), "note"), rules(context.language, checks)]
    return Section("held", context.say("section.held"), tuple(blocks))
