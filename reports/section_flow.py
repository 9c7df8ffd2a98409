"""The section on two-way flow: what each side gave, and how the balance moved."""

from __future__ import annotations

import polars as pl

from melflow.reports import charts_flow, section_own
from melflow.reports.context import Context, Row, pages
from melflow.reports.document import Block, Figure, Paragraph, Section, Sentences
from melflow.reports.findings_flow import EVEN, main_flow, mutual_since, share, trajectories, turnings
from melflow.reports.tells import flow as flow_told
from melflow.reports.tells import share as share_told
from melflow.reports.tells import tells
from melflow.reports.vector import draw

#: Published tables it reads, in the order of the workbook.
TABLES = ("pub_mutuality_dyad", "pub_mutuality_turning")

DYADS_NOW, DYADS_OVER_TIME = 16, 20


def section(context: Context) -> Section:
    """Return the section on two-way flow."""
    rows = main_flow(context.data)
    blocks: list[Block] = [Paragraph(context.say("flow.lead")), Sentences(context.findings.flow)]
    blocks += _now(context, rows)
    blocks += _over_time(context)
    blocks += section_own.exchanges(context)
    blank = rows["flow_total"].drop_nulls().is_empty()
    return Section("flow", context.say("section.flow"), tuple(blocks), is_blank=blank)


def _measure(context: Context, rows: pl.DataFrame) -> str:
    return context.say(f"measure.{rows['measure'][0]}")


def _now(context: Context, rows: pl.DataFrame) -> list[Figure]:
    if rows.is_empty():
        return []
    measure = _measure(context, rows)
    labels = context.dyad_labels(list(rows["dyad_id"]))
    longest = max([*rows["flow_ab"].drop_nulls(), *rows["flow_ba"].drop_nulls(), 1.0])
    titles = {
        "bars": context.say("figure.flow.bars", measure=measure),
        "share": context.say("figure.flow.share"),
        "hidden": context.suppressed,
    }
    figures = []
    portions = pages(list(labels), DYADS_NOW)
    for number, chosen in enumerate(portions, start=1):
        part = rows.filter(pl.col("dyad_id").is_in(chosen)).to_dicts()
        text = context.say("figure.flow.alt", dyads=len(chosen), rows=" ".join(_in_words(context, row) for row in part))
        chart = charts_flow.two_way(
            [_bar(context, row, labels) for row in part], [labels[key] for key in chosen], longest, titles
        )
        title = context.say("figure.flow", measure=measure, period=context.period)
        figures.append(
            draw(chart, f"flow-{number}", context.part(title, number, portions), text, context.say("figure.flow.note"))
        )
    return figures


def _bar(context: Context, row: Row, labels: dict[str, str]) -> Row:
    ab, ba = row["flow_ab"], row["flow_ba"]
    return {
        "dyad": labels[row["dyad_id"]],
        "ab": ab,
        "minus_ba": None if ba is None else -ba,
        "label_ab": "" if ab is None else context.count(ab),
        "label_ba": "" if ba is None else context.count(ba),
        "share": row["share_a"],
        "low": row["share_ci_low"],
        "high": row["share_ci_high"],
        "leans": share(row).leans(EVEN) != "unclear",
        "hidden": row["is_suppressed"],
        "tells": tells(context.dyad_text(row["dyad_id"]), flow_told(context, row)),
    }


def _in_words(context: Context, row: Row) -> str:
    name_a, name_b = context.data.dyad_names(row["dyad_id"])
    if row["is_suppressed"]:
        return context.say("figure.views.hidden", a=name_a, b=name_b)
    ab, ba = context.count(row["flow_ab"]), context.count(row["flow_ba"])
    return context.say("figure.flow.row", a=name_a, b=name_b, ab=ab, ba=ba)


def _over_time(context: Context) -> list[Figure]:
    paths = {key: rows for key, rows in trajectories(context.data).items() if len(rows) > 1}
    periods = [period for period in context.data.periods if any(_in(rows, period.period_id) for rows in paths.values())]
    if not paths:
        return []
    labels = context.dyad_labels(list(paths), 21)
    title = context.say("figure.trajectory", first=periods[0].label, last=periods[-1].label)
    measure = _measure(context, main_flow(context.data, all_periods=True))
    figures = []
    portions = pages(list(paths), DYADS_OVER_TIME)
    known = turnings(context.data)
    for number, chosen in enumerate(portions, start=1):
        rows, told = [], []
        for dyad_id in chosen:
            turned = mutual_since(known.get(dyad_id))
            rows += [_point(context, row, labels, row["period_id"] == turned) for row in paths[dyad_id]]
            if turned is not None:
                told.append(_turned(context, known[dyad_id]))
        text = context.say(
            "figure.trajectory.alt",
            dyads=len(chosen),
            measure=measure,
            turnings=" ".join(told) or context.say("figure.trajectory.none"),
        )
        chart = charts_flow.trajectory(rows, [labels[key] for key in chosen], [period.period_id for period in periods])
        figures.append(
            draw(
                chart,
                f"trajectory-{number}",
                context.part(title, number, portions),
                text,
                context.say("figure.trajectory.note"),
            )
        )
    return figures


def _in(rows: list[Row], period_id: str) -> bool:
    return any(row["period_id"] == period_id for row in rows)


def _point(context: Context, row: Row, labels: dict[str, str], turned: bool) -> Row:
    period = next(period.label for period in context.data.periods if period.period_id == row["period_id"])
    return {
        "dyad": labels[row["dyad_id"]],
        "period": row["period_id"],
        "share": row["share_a"],
        "low": row["share_ci_low"],
        "high": row["share_ci_high"],
        "turned": turned,
        "tells": tells((context.dyad_text(row["dyad_id"]), period), share_told(context, row)),
    }


def _turned(context: Context, row: Row) -> str:
    name_a, name_b = context.data.dyad_names(row["dyad_id"])
    since = next(period.label for period in context.data.periods if period.period_id == row["turning_period_id"])
    n = context.count(row["turning_flow_total"])
    return context.say("figure.trajectory.turned", a=name_a, b=name_b, since=since, n=n)
