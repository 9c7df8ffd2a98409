"""The table of turning points: since when a one-way flow is mutual, as it was known at the end of the period."""

from __future__ import annotations

import polars as pl

from melflow.reports import rounding
from melflow.reports.context import Context, Row
from melflow.reports.document import Table
from melflow.reports.grid import grid, word


def table(context: Context) -> Table:
    """Return the trend of each pair's balance and since when it is mutual, or why that cannot be said."""
    labels = {period.period_id: period.label for period in context.data.periods}
    rows = context.data.table("pub_mutuality_turning")
    shown = rows.filter(~pl.col("is_suppressed"), pl.col("dyad_id").is_in(list(context.data.dyads)))
    head = (("partnership", 3.6, False), ("measure", 1.1, False), ("periods", 0.8, True), ("trend", 1.2, True),
            ("turned", 3.0, False))  # fmt: skip
    lines = [
        (
            context.dyad_text(row["dyad_id"]),
            word(context, "measure", row["measure"]),
            context.count(row["n_periods"]),
            rounding.number(row["mutual_trend_slope"], 2, context.language),
            _turned(context, row, labels),
        )
        for row in shown.sort("dyad_id", "measure").to_dicts()
    ]
    return grid(context, "turning", head, lines)


def _turned(context: Context, row: Row, labels: dict[str, str]) -> str:
    if row["reason"] is not None:
        return context.why(row["reason"])
    facts = {"since": labels[row["turning_period_id"]], "n": context.count(row["turning_flow_total"])}
    return context.say("turning.since" if row["stayed_mutual"] else "turning.again", **facts)
