"""The section on partnership health: both views of each partnership, overall and by dimension."""

from __future__ import annotations

import polars as pl

from melflow.reports import beside_group, charts, rounding
from melflow.reports.context import Context, Row, in_order, pages
from melflow.reports.document import Block, Figure, Paragraph, Section, Sentences
from melflow.reports.intervals import Interval
from melflow.reports.tells import tells, views
from melflow.reports.vector import draw, wrapped

#: Published tables it reads, in the order of the workbook.
TABLES = ("pub_partnership_health", "pub_health_dyad")

DYADS_OVERALL, DYADS_BY_DIMENSION = 16, 14
COMPOSITE = "composite"


def section(context: Context) -> Section:
    """Return the section on partnership health."""
    rows = context.data.table("pub_health_dyad")
    blocks: list[Block] = [Paragraph(context.say("health.lead")), Sentences(context.findings.health)]
    blocks += _overall(context, rows.filter(pl.col("dimension") == COMPOSITE))
    blocks += _by_dimension(context, rows.filter(pl.col("dimension") != COMPOSITE))
    blocks += beside_group.blocks(context, "health")
    blank = rows["score_a_of_b"].drop_nulls().is_empty() and rows["score_b_of_a"].drop_nulls().is_empty()
    return Section("health", context.say("section.health"), tuple(blocks), is_blank=blank)


def _overall(context: Context, rows: pl.DataFrame) -> list[Figure]:
    figures = []
    title = context.say("figure.views", period=context.period)
    labels = context.dyad_labels(list(rows["dyad_id"]))
    portions = pages(list(labels), DYADS_OVERALL)
    for number, chosen in enumerate(portions, start=1):
        part = rows.filter(pl.col("dyad_id").is_in(chosen)).to_dicts()
        text = context.say(
            "figure.views.alt", dyads=len(chosen), rows=" ".join(_in_words(context, row) for row in part)
        )
        chart = charts.both_views(
            [_row(context, row, labels) for row in part], [labels[key] for key in chosen], context.suppressed
        )
        figures.append(
            draw(
                chart, f"views-{number}", context.part(title, number, portions), text, context.say("figure.views.note")
            )
        )
    return figures


def _by_dimension(context: Context, rows: pl.DataFrame) -> list[Figure]:
    figures = []
    dimensions = in_order(context.data, "health_dimension", set(rows["dimension"]))
    names = {key: wrapped(context.construct(key), 18, 3) for key in dimensions}
    labels = context.dyad_labels(list(rows["dyad_id"].unique().sort()), 26)
    title = context.say("figure.dimensions", period=context.period)
    portions = pages(list(labels), DYADS_BY_DIMENSION)
    for number, chosen in enumerate(portions, start=1):
        shown = rows.filter(pl.col("dyad_id").is_in(chosen)).to_dicts()
        shown.sort(key=lambda row: (row["dyad_id"], dimensions.index(row["dimension"])))
        part = [_row(context, row, labels) for row in shown]
        for row in part:
            row["dimension"] = names[row["dimension"]]
        text = context.say(
            "figure.dimensions.alt",
            dimensions=len(dimensions),
            dyads=len(chosen),
            apart=sum(row["apart"] for row in part),
        )
        chart = charts.both_views_by_dimension(
            part, [labels[key] for key in chosen], list(names.values()), context.suppressed
        )
        note = context.say("figure.dimensions.note")
        figures.append(draw(chart, f"dimensions-{number}", context.part(title, number, portions), text, note))
    return figures


def _row(context: Context, row: Row, labels: dict[str, str]) -> Row:
    interval = Interval(row["gap_ci_low"], row["gap_ci_high"])
    gap = "" if row["gap"] is None else rounding.difference(row["gap"], context.language)
    ci = context.interval(interval.low, interval.high)
    key = "figure.views.gap" if interval.low is not None else "figure.views.gap.only"
    said = context.say(key, gap=gap, ci=ci) if gap else ""
    pair, dimension = context.dyad_text(row["dyad_id"]), row["dimension"]
    who = (pair,) if dimension == COMPOSITE else (pair, context.construct(dimension))
    return {
        "dyad": labels[row["dyad_id"]],
        "dimension": row["dimension"],
        "a": row["score_a_of_b"],
        "b": row["score_b_of_a"],
        "gap": said,
        "apart": interval.leans(0) != "unclear",
        "hidden": row["is_suppressed"],
        "tells": tells(who, views(context, row, said)),
    }


def _in_words(context: Context, row: Row) -> str:
    name_a, name_b = context.data.dyad_names(row["dyad_id"])
    if row["is_suppressed"]:
        return context.say("figure.views.hidden", a=name_a, b=name_b)
    scores = {"score_a": context.points(row["score_a_of_b"]), "score_b": context.points(row["score_b_of_a"])}
    return context.say("figure.views.row", a=name_a, b=name_b, **scores)
