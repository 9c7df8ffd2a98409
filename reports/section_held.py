"""The section for the alliance's own data officer on what is held by checks, and why.

The quality report (reports/quality.py) is for every period and each partner; here is what an edition needs of it.
"""

from __future__ import annotations

import polars as pl

from melflow.reports.context import Context
from melflow.reports.document import Block, Paragraph, Section
from melflow.reports.findings_flow import rows_held
from melflow.reports.grid import grid
from melflow.reports.quality import rules

#: Published tables it reads, in the order of the workbook.
TABLES = ("pub_data_quality",)


def section(context: Context) -> Section:
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
