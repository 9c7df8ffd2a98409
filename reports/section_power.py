"""The sections on who holds what and stopping to think, and on expectations and peer assessments."""

from __future__ import annotations

import polars as pl

from melflow.reports import rounding
from melflow.reports.context import Context, Row, in_order
from melflow.reports.document import Block, Paragraph, Section, Sentences, Table
from melflow.reports.grid import word
from melflow.reports.intervals import Interval
from melflow.reports.phrases import say_or


def power(context: Context) -> Section:
    """Return the section on power and reflection; blank when no log of the alliance can be published."""
    rows = context.data.table("pub_power_balance")
    whole = rows.filter(pl.col("scope") == "alliance").drop_nulls("total").sort("resource").to_dicts()
    blocks: list[Block] = [Paragraph(context.say("power.lead", period=context.period))]
    notes = context.data.table("pub_reflection").filter(pl.col("scope") == "alliance").to_dicts()
    said = [sentence for row in notes for sentence in _reflection(context, row)]
    if said:
        blocks.append(Sentences(tuple(said)))
    lines = tuple(
        (say_or(context.language, f"resource.{row['resource']}", row["resource"]),
         _total(context, row), context.percent(row["top_share"]),
         rounding.number(row["gini_star"], 2, context.language),
         rounding.number(row["effective_n"], 1, context.language))
        for row in whole
    )  # fmt: skip
    heads = ("resource", "total", "top", "concentration", "effective")
    blocks.append(_table(context, "table.power", heads, (2.2, 2, 1.4, 1.4, 1.6), lines))
    felt = _felt(context, rows)
    if felt:
        note = context.say("table.influence.note")
        blocks.append(_table(context, "table.influence", ("pair", "felt", "logged"), (4.4, 2.4, 1.8), felt, note))
    return Section("power", context.say("section.power"), tuple(blocks), is_blank=not lines)


def _total(context: Context, row: Row) -> str:
    unit = "" if row["unit"] is None else say_or(context.language, f"power_unit.{row['unit']}", row["unit"])
    return f"{context.count(row['total'])} {unit}".strip()


def _reflection(context: Context, row: Row) -> list[str]:
    said = []
    if row["n_reflection_known"]:
        numbers = {"known": row["n_reflection_known"], "n": row["n_reflected"]}
        numbers |= {"revised": row["assumptions_revised"] or 0, "examined": row["assumptions_examined"] or 0}
        said.append(context.say("reflection.said", **numbers))
    if row["airtime_gini_star"] is not None:
        gini = rounding.number(row["airtime_gini_star"], 2, context.language)
        said.append(context.say("reflection.airtime", gini=gini))
    return said


def felt(context: Context, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs whose felt gap of influence can be published."""
    pairs = rows.filter((pl.col("scope") == "dyad") & (pl.col("resource") == "decisions"))
    pairs = pairs.filter(pl.col("scope_id").is_in(list(context.data.dyads)))
    return pairs.drop_nulls("perceived_influence_gap").sort("scope_id")


def _felt(context: Context, rows: pl.DataFrame) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (context.dyad_text(row["scope_id"]),
         context.say("power.felt", gap=rounding.difference(row["perceived_influence_gap"], context.language),
                     ci=context.interval(row["gap_ci_low"], row["gap_ci_high"])),
         context.percent(row["top_share"]))
        for row in felt(context, rows).to_dicts()
    )  # fmt: skip


def expectations(context: Context) -> Section:
    """Return the section on what the work is for and on peer assessments."""
    rows = context.data.table("pub_expectation_gap").drop_nulls("gap")
    order = in_order(context.data, "expectation", rows["expectation"])
    found = sorted(rows.to_dicts(), key=lambda row: (order.index(row["expectation"]), row["role_a"], row["role_b"]))
    blocks: list[Block] = [Paragraph(context.say("expectations.lead"))]
    clear = [row for row in found if Interval(row["gap_ci_low"], row["gap_ci_high"]).leans(0) != "unclear"]
    if found:
        blocks.append(Sentences((context.say("expectations.clear", clear=len(clear), n=len(found)),)))
        heads = ("expectation", "roles", "scores", "role_gap")
        lines = tuple(_expected(context, row) for row in found)
        blocks.append(_table(context, "table.expectations", heads, (2.8, 2.8, 1.2, 2), lines))
    peers = _peers(context)
    if peers:
        criteria, note = ("criterion", "self", "peer", "role_gap", "follow"), context.say("table.peers.note")
        blocks.append(_table(context, "table.peers", criteria, (2.6, 1.2, 1.2, 1.2, 1.8), peers, note))
    strata = _strata(context)
    blocks += [strata] if strata.rows else []
    blank = not found and not peers and not strata.rows
    return Section("expectations", context.say("section.expectations"), tuple(blocks), is_blank=blank)


def _strata(context: Context) -> Table:
    """Return health by how partnerships were set up; means only, few partnerships carry no comparison."""
    rows = context.data.table("pub_health_strata").filter(pl.col("dimension") == "composite")
    lines = tuple(
        (word(context, "stratum", row["attribute"]), word(context, "value", row["stratum"]),
         context.count(row["n_dyads"]), context.points(row["mean_score"]), context.points(row["sd"]))
        for row in rows.drop_nulls("mean_score").sort("attribute", "stratum").to_dicts()
    )  # fmt: skip
    heads = ("attribute", "value_of", "n_dyads", "mean", "spread")
    note = context.say("table.strata.note")
    return _table(context, "table.strata", heads, (2.6, 2.6, 1.2, 1, 1), lines, note)


def _expected(context: Context, row: Row) -> tuple[str, ...]:
    roles = " – ".join(word(context, "party", row[name]) for name in ("role_a", "role_b"))  # noqa: RUF001 - joins two names
    scores = f"{context.points(row['score_a'])}; {context.points(row['score_b'])}"
    gap = rounding.difference(row["gap"], context.language)
    ci = context.interval(row["gap_ci_low"], row["gap_ci_high"])
    return context.construct(row["expectation"]), roles, scores, context.say("power.felt", gap=gap, ci=ci)


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


def _table(
    context: Context,
    title: str,
    heads: tuple[str, ...],
    widths: tuple[float, ...],
    rows: tuple[tuple[str, ...], ...],
    note: str = "",
) -> Table:
    return Table(
        title=context.say(title, period=context.period),
        columns=tuple(context.say(f"col.{head}") for head in heads),
        widths=widths,
        numeric=(False, *(True for _ in heads[1:])),
        rows=rows,
        note=note,
    )  # fmt: skip
