"""The section on capability: scores by partner with intervals, and their change over the periods."""

from __future__ import annotations

import polars as pl

from melflow.reports import beside_group, charts, rounding
from melflow.reports.charts_change import moved
from melflow.reports.context import Context, Row, in_order, pages
from melflow.reports.document import Block, Figure, Paragraph, Section, Sentences
from melflow.reports.findings_score import compared, movement
from melflow.reports.phrases import say_or
from melflow.reports.tells import score, tells
from melflow.reports.vector import draw, wrapped

#: Published tables it reads, in the order of the workbook.
TABLES = ("pub_capability_score", "pub_capability_change")

#: Partners on one figure: as many as stay legible on a page.
PARTNERS_NOW, PARTNERS_OVER_TIME = 12, 8


def section(context: Context) -> Section:
    """Return the section on capability by partner."""
    data = context.data
    now = data.table("pub_capability_score")
    everything = data.table("pub_capability_score", all_periods=True)
    blocks: list[Block] = [Paragraph(context.say("capability.lead")), Sentences(context.findings.capability)]
    for rater in now["rater"].unique().sort():
        blocks += _now(context, now.filter(pl.col("rater") == rater), rater)
        blocks += _over_time(context, everything.filter(pl.col("rater") == rater), rater)
        blocks += _moved(context, rater)
    blocks += beside_group.blocks(context, "capability")
    blank = now["score"].drop_nulls().is_empty()
    return Section("capability", context.say("section.capability"), tuple(blocks), is_blank=blank)


def _now(context: Context, rows: pl.DataFrame, rater: str) -> list[Figure]:
    partners, capabilities, levels = _orders(context, rows)
    title = context.say("figure.capability", period=context.period, rater=_rater(context, rater))
    figures = []
    portions = pages(list(partners), PARTNERS_NOW)
    for number, chosen in enumerate(portions, start=1):
        part = rows.filter(pl.col("partner_id").is_in(chosen))
        scores = part["score"].drop_nulls().to_list()
        text = context.say(
            "figure.capability.alt",
            partners=len(chosen),
            capabilities=len(capabilities),
            levels=", ".join(levels.values()),
            n=len(scores),
            lowest=context.points(min(scores, default=None)),
            highest=context.points(max(scores, default=None)),
            hidden=int(part["is_suppressed"].sum()),
        )
        chart = charts.capability(
            _rows(context, part, partners, capabilities, levels),
            [partners[key] for key in chosen],
            list(capabilities.values()),
            list(levels.values()),
            context.suppressed,
        )
        note = context.say("figure.capability.note", min_n=context.min_n)
        figures.append(draw(chart, f"capability-{rater}-{number}", context.part(title, number, portions), text, note))
    return figures


def _over_time(context: Context, rows: pl.DataFrame, rater: str) -> list[Figure]:
    there = set(rows.filter(pl.col("score").is_not_null())["period_id"])
    periods = [period for period in context.data.periods if period.period_id in there]
    if len(periods) < 2:
        return []
    partners, capabilities, levels = _orders(context, rows)
    first, last = periods[0].label, periods[-1].label
    figures = []
    portions = pages(list(partners), PARTNERS_OVER_TIME)
    for number, chosen in enumerate(portions, start=1):
        part = rows.filter(pl.col("partner_id").is_in(chosen), pl.col("period_id").is_in(there))
        text = context.say(
            "figure.change.alt",
            partners=len(chosen),
            capabilities=len(capabilities),
            first=first,
            last=last,
            summary=context.findings.capability[1],
        )
        chart = charts.change(
            _rows(context, part, partners, capabilities, levels),
            [partners[key] for key in chosen],
            list(capabilities.values()),
            list(levels.values()),
            [period.period_id for period in periods],
            context.suppressed,
        )
        title = context.say("figure.change", rater=_rater(context, rater))
        note = context.say("figure.change.note", first=first, last=last)
        figures.append(draw(chart, f"change-{rater}-{number}", context.part(title, number, portions), text, note))
    return figures


def _moved(context: Context, rater: str) -> list[Figure]:
    """Return how far each score moved since the first period that can be compared, with the interval of the change."""
    found = compared(context.data)
    rows = None if found is None else found[1].filter(rater=rater)
    if found is None or rows is None or rows.is_empty():
        return []
    partners, capabilities, levels = _orders(context, rows)
    figures = []
    portions = pages(list(partners), PARTNERS_NOW)
    for number, chosen in enumerate(portions, start=1):
        part = rows.filter(pl.col("partner_id").is_in(chosen))
        points = [
            {
                "partner": partners[row["partner_id"]],
                "capability": capabilities[row["capability"]],
                "level": levels[row["level"]],
                "diff": row["diff"],
                "low": row["diff_ci_low"],
                "high": row["diff_ci_high"],
                "tells": tells(
                    (context.partner(row["partner_id"]), context.construct(row["capability"]),
                     context.construct(row["level"])),
                    context.say("tells.interval", value=rounding.difference(row["diff"], context.language),
                                ci=context.interval(row["diff_ci_low"], row["diff_ci_high"])),
                ),
            }
            for row in part.to_dicts()
        ]  # fmt: skip
        clear = sum(movement(row) != "unclear" for row in part.to_dicts())
        facts = {"partners": len(chosen), "first": found[0], "last": context.period}
        text = context.say("figure.moved.alt", n=part.height, clear=clear, **facts)
        title = context.say("figure.moved", first=found[0], rater=_rater(context, rater))
        chart = moved(points, [partners[key] for key in chosen], list(capabilities.values()), list(levels.values()))
        note = context.say("figure.moved.note")
        figures.append(draw(chart, f"moved-{rater}-{number}", context.part(title, number, portions), text, note))
    return figures


def _rater(context: Context, rater: str) -> str:
    return say_or(context.language, f"rater.{rater}", rater)


def _orders(context: Context, rows: pl.DataFrame) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """Return id -> label of partners (by name), capabilities and levels (in the framework's order)."""
    ids = sorted(set(rows["partner_id"]), key=context.data.partner)
    capabilities = in_order(context.data, "capability", set(rows["capability"]))
    levels = in_order(context.data, "level", set(rows["level"]))
    return (
        context.unique(ids),
        {key: wrapped(context.construct(key), 17, 4) for key in capabilities},
        {key: context.construct(key) for key in levels},
    )


def _rows(
    context: Context,
    part: pl.DataFrame,
    partners: dict[str, str],
    capabilities: dict[str, str],
    levels: dict[str, str],
) -> list[Row]:
    """Return the points in the order of reading: by partner, capability, level and period."""
    periods = {period.period_id: period.label for period in context.data.periods}
    places = (list(partners), list(capabilities), list(levels), list(periods))
    keys = ("partner_id", "capability", "level", "period_id")

    def order(row: Row) -> list[int]:
        return [place.index(row[key]) for key, place in zip(keys, places, strict=True)]

    def who(row: Row) -> tuple[str, ...]:
        names = (context.partner(row["partner_id"]), context.construct(row["capability"]))
        return (*names, context.construct(row["level"]), periods[row["period_id"]])

    return [
        {
            "partner": partners[row["partner_id"]],
            "capability": capabilities[row["capability"]],
            "level": levels[row["level"]],
            "period": row["period_id"],
            "score": row["score"],
            "low": row["ci_low"],
            "high": row["ci_high"],
            "hidden": row["is_suppressed"],
            "tells": tells(who(row), score(context, row)),
        }
        for row in sorted(part.to_dicts(), key=order)
    ]
