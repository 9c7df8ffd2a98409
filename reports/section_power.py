"""The section on who holds what, by the logs and as both sides feel it, and on stopping to think."""

from __future__ import annotations

import polars as pl

from melflow.reports import charts_power, rounding
from melflow.reports.context import Context, Row
from melflow.reports.document import Block, Figure, Paragraph, Section, Sentences
from melflow.reports.figures_gaps import gap_figures, gap_row
from melflow.reports.grid import grid, word
from melflow.reports.money import converted
from melflow.reports.phrases import say_or
from melflow.reports.tells import tells
from melflow.reports.vector import draw, wrapped

#: Published tables it reads, in the order of the workbook.
TABLES = ("pub_power_balance", "pub_reflection")


def section(context: Context) -> Section:
    """Return the section on power and reflection; blank when no log of the alliance can be published."""
    rows = context.data.table("pub_power_balance")
    held = rows.filter((pl.col("scope") == "alliance") & (pl.col("is_suppressed") | pl.col("total").is_not_null()))
    whole = held.sort("resource").to_dicts()
    blocks: list[Block] = [Paragraph(context.say("power.lead", period=context.period))]
    notes = context.data.table("pub_reflection").filter(pl.col("scope") == "alliance").to_dicts()
    said = [sentence for row in notes for sentence in _reflection(context, row)]
    if said:
        blocks.append(Sentences(tuple(said)))
    lines = tuple(
        (word(context, "resource", row["resource"]), context.suppressed) if row["is_suppressed"] else
        (word(context, "resource", row["resource"]), _total(context, row), context.percent(row["top_share"]),
         rounding.number(row["gini_star"], 2, context.language), _effective(context, row))
        for row in whole
    )  # fmt: skip
    head = (("resource", 2.2, False), ("total", 2.0, True), ("top", 1.4, True), ("concentration", 1.4, True),
            ("effective", 1.6, True))  # fmt: skip
    blocks += _shares(context, whole)
    blocks.append(grid(context, "power", head, lines))
    pairs = _felt(context, rows)
    if pairs:
        blocks += _gaps(context, felt(context, rows).to_dicts())
        beside = (("pair", 4.4, False), ("felt", 2.4, True), ("logged", 1.8, True))
        blocks.append(grid(context, "influence", beside, pairs, context.say("table.influence.note")))
    return Section(
        "power", context.say("section.power"), tuple(blocks), is_blank=all(row["is_suppressed"] for row in whole)
    )


def _effective(context: Context, row: Row) -> str:
    return rounding.number(row["effective_n"], 1, context.language)


def _shares(context: Context, whole: list[Row]) -> list[Figure]:
    """Return the largest share of each resource beside an even one."""
    shown = [row for row in whole if row["is_suppressed"] or row["top_share"] is not None]
    if not shown:
        return []
    drawn, words = [], []
    for row in shown:
        name, said = word(context, "resource", row["resource"]), context.suppressed
        told = said
        if not row["is_suppressed"]:
            facts = {"n": _effective(context, row), "of": context.count(row["n_actors"])}
            said = context.say("figure.power.bar", share=context.percent(row["top_share"]), **facts)
            told = context.say("tells.power", said=said, gini=rounding.number(row["gini_star"], 2, context.language))
        even = 1 / row["n_actors"] if row["n_actors"] else None
        drawn.append({"resource": wrapped(name), "share": row["top_share"], "even": even, "words": said,
                      "hidden": row["is_suppressed"], "tells": tells(name, told)})  # fmt: skip
        words.append(f"{name}: {told}")
    axis = context.say("figure.power.axis")
    chart = charts_power.largest_shares(drawn, [row["resource"] for row in drawn], axis, context.suppressed)
    text = context.say("figure.power.alt", n=len(drawn), rows=context.joined(words))
    title = context.say("figure.power", period=context.period)
    return [draw(chart, "power", title, text, context.say("figure.power.note"))]


def _gaps(context: Context, pairs: list[Row]) -> list[Figure]:
    """Return the felt gaps of influence with their intervals."""
    labels = context.dyad_labels([row["scope_id"] for row in pairs])
    drawn = [gap_row(context, row, labels[row["scope_id"]], context.dyad_text(row["scope_id"]),
                     row["perceived_influence_gap"]) for row in pairs]  # fmt: skip
    return gap_figures(context, "influence", drawn)


def _total(context: Context, row: Row) -> str:
    """Return what was held in all; a budget in the audience's currency, where a rate is declared."""
    total, unit = row["total"], row["unit"] or ""
    if row["resource"] == "budget" and unit and (own := context.frame.currency):
        value = converted(context, total, unit, row["period_id"])
        text = rounding.number(value, 0, context.language)
        return context.say("money.withheld") if value is None else f"{text} {own}"
    told = say_or(context.language, f"power_unit.{unit}", unit) if unit else ""
    return f"{context.count(total)} {told}".strip()


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
