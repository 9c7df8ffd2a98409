"""The section on what the work is for, as each role sees it, on peer assessments and on how pairs were set up."""

from __future__ import annotations

import polars as pl

from melflow.reports import rounding
from melflow.reports.context import Context, Row, in_order
from melflow.reports.document import Block, Figure, Paragraph, Section, Sentences, Table
from melflow.reports.figures_gaps import gap_figures, gap_row
from melflow.reports.grid import grid, word
from melflow.reports.intervals import Interval
from melflow.reports.vector import wrapped

#: Published tables it reads, in the order of the workbook.
TABLES = ("pub_expectation_gap", "pub_peer_assessment", "pub_health_strata")


def section(context: Context) -> Section:
    """Return the section on what the work is for and on peer assessments."""
    rows = context.data.table("pub_expectation_gap").filter(pl.col("is_suppressed") | pl.col("gap").is_not_null())
    order = in_order(context.data, "expectation", rows["expectation"])
    found = sorted(rows.to_dicts(), key=lambda row: (order.index(row["expectation"]), row["role_a"], row["role_b"]))
    blocks: list[Block] = [Paragraph(context.say("expectations.lead"))]
    clear = [row for row in found if Interval(row["gap_ci_low"], row["gap_ci_high"]).leans(0) != "unclear"]
    shown = [row for row in found if not row["is_suppressed"]]
    if shown:
        blocks.append(Sentences((context.say("expectations.clear", clear=len(clear), n=len(shown)),)))
    if found:
        blocks += _gaps(context, found)
        head = (("expectation", 2.8, False), ("roles", 2.8, False), ("scores", 1.2, True), ("role_gap", 2.0, True))
        blocks.append(grid(context, "expectations", head, [_expected(context, row) for row in found]))
    peers = _peers(context)
    if peers:
        criteria = (("criterion", 2.6, False), ("self", 1.2, True), ("peer", 1.2, True), ("role_gap", 1.2, True),
                    ("follow", 1.8, True))  # fmt: skip
        blocks.append(grid(context, "peers", criteria, peers, context.say("table.peers.note")))
    strata = _strata(context)
    blocks += [strata] if strata.rows else []
    blank = not shown and not peers and not strata.rows
    return Section("expectations", context.say("section.expectations"), tuple(blocks), is_blank=blank)


def _gaps(context: Context, found: list[Row]) -> list[Figure]:
    """Return the gaps between two roles with their intervals."""
    drawn = []
    for row in found:
        who = (context.construct(row["expectation"]), _roles(context, row))
        label = f"{wrapped(who[0], 38, 1)}\n{wrapped(who[1], 38, 1)}"
        drawn.append(gap_row(context, row, label, who, row["gap"]))
    return gap_figures(context, "expectations", drawn)


def _strata(context: Context) -> Table:
    """Return health by how partnerships were set up; means only, few partnerships carry no comparison."""
    rows = context.data.table("pub_health_strata").filter(pl.col("dimension") == "composite")
    lines = tuple(
        (word(context, "stratum", row["attribute"]), word(context, "value", row["stratum"]),
         context.count(row["n_dyads"]), context.points(row["mean_score"]), context.points(row["sd"]))
        for row in rows.drop_nulls("mean_score").sort("attribute", "stratum").to_dicts()
    )  # fmt: skip
    head = (("attribute", 2.6, False), ("value_of", 2.6, False), ("n_dyads", 1.2, True), ("mean", 1.0, True),
            ("spread", 1.0, True))  # fmt: skip
    return grid(context, "strata", head, lines, context.say("table.strata.note"))


def _expected(context: Context, row: Row) -> tuple[str, ...]:
    name = context.construct(row["expectation"]), _roles(context, row)
    if row["is_suppressed"]:
        return (*name, context.suppressed)
    scores = f"{context.points(row['score_a'])}; {context.points(row['score_b'])}"
    gap = rounding.difference(row["gap"], context.language)
    ci = context.interval(row["gap_ci_low"], row["gap_ci_high"])
    return (*name, scores, context.say("power.felt", gap=gap, ci=ci))


def _roles(context: Context, row: Row) -> str:
    return " – ".join(word(context, "party", row[name]) for name in ("role_a", "role_b"))  # noqa: RUF001 - joins two names


def _peers(context: Context) -> tuple[tuple[str, ...], ...]:
    rows = context.data.table("pub_peer_assessment")
    whole = rows.filter(pl.col("scope") == "alliance").drop_nulls("peer_score").sort("criterion")
    return tuple(
        (word(context, "criterion", row["criterion"]), context.points(row["self_score"]),
         context.points(row["peer_score"]),
         "" if row["gap"] is None else rounding.difference(row["gap"], context.language),
         context.percent(row["follow_through"]))
        for row in whole.to_dicts()
    )  # fmt: skip
