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
#: Letters of a line on the axis: what two roles take in any language.
ROLES = 46


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
        head = (("expectation", 2.6, False), ("roles", 2.8, False), ("scores", 1.0, True), ("people", 1.0, True),
                ("role_gap", 1.8, True))  # fmt: skip
        blocks.append(grid(context, "expectations", head, [_expected(context, row) for row in found]))
    peers = _peers(context)
    if peers:
        criteria = (("criterion", 2.4, False), ("dyads", 0.8, True), ("self", 1.1, True), ("peer", 1.1, True),
                    ("role_gap", 0.9, True), ("follow", 2.2, True))  # fmt: skip
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
        label = f"{wrapped(who[0], ROLES, 1)}\n{wrapped(who[1], ROLES, 1)}"
        drawn.append(gap_row(context, row, label, who, row["gap"]))
    return gap_figures(context, "expectations", drawn)


def _strata(context: Context) -> Table:
    """Return health by how partnerships were set up; means only, few partnerships carry no comparison."""
    rows = context.data.table("pub_health_strata").filter(pl.col("dimension") == "composite")
    is_least = pl.col("stratum").str.starts_with("under ")
    lines = tuple(
        (word(context, "stratum", row["attribute"]), word(context, "value", row["stratum"]),
         context.count(row["n_dyads"]), context.points(row["mean_score"]), context.points(row["sd"]))
        for row in rows.drop_nulls("mean_score").sort("attribute", ~is_least, "stratum").to_dicts()
    )  # fmt: skip
    head = (("attribute", 2.6, False), ("value_of", 2.6, False), ("n_dyads", 1.2, True), ("mean", 1.0, True),
            ("spread", 1.0, True))  # fmt: skip
    return grid(context, "strata", head, lines, context.say("table.strata.note"))


def _expected(context: Context, row: Row) -> tuple[str, ...]:
    name = context.construct(row["expectation"]), _roles(context, row)
    if row["is_suppressed"]:
        return (*name, context.suppressed)
    scores = context.joined((context.points(row["score_a"]), context.points(row["score_b"])))
    people = context.joined((context.count(row["n_a"]), context.count(row["n_b"])))
    gap = rounding.difference(row["gap"], context.language)
    ci = context.interval(row["gap_ci_low"], row["gap_ci_high"])
    return (*name, scores, people, context.say("power.felt", gap=gap, ci=ci))


def _roles(context: Context, row: Row) -> str:
    return " – ".join(word(context, "party", row[name]) for name in ("role_a", "role_b"))  # noqa: RUF001 - joins two names


def _peers(context: Context) -> tuple[tuple[str, ...], ...]:
    rows = context.data.table("pub_peer_assessment")
    whole = rows.filter(pl.col("scope") == "alliance").drop_nulls("peer_score").sort("criterion")
    return tuple(
        (word(context, "criterion", row["criterion"]), context.count(row["n_pairs"]),
         context.points(row["self_score"]), context.points(row["peer_score"]),
         rounding.difference(row["gap"], context.language), _done(context, row))
        for row in whole.to_dicts()
    )  # fmt: skip


def _done(context: Context, row: Row) -> str:
    """Return the share of agreed actions that were done, and of how many."""
    if row["follow_through"] is None:
        return rounding.NOTHING
    return context.say("peers.done", share=context.percent(row["follow_through"]), n=row["n_done"], of=row["n_agreed"])
