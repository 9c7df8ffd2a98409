"""The section on what the partners need, what they ask for, and what they say after events."""

from __future__ import annotations

import polars as pl

from melflow.reports import charts_needs
from melflow.reports.context import Context, Row, in_order
from melflow.reports.document import Block, Figure, Paragraph, Section, Sentences, Table
from melflow.reports.findings_needs import latest, needs, wave
from melflow.reports.id_words import in_words
from melflow.reports.vector import draw, wrapped

#: Published tables it reads, in the order of the workbook.
TABLES = ("pub_needs_baseline", "pub_demand", "pub_demand_code", "pub_advice", "pub_feedback")

_ALL = "all"


def section(context: Context) -> Section:
    """Return the section; blank when nothing of the three can be published."""
    rows = latest(context)
    blocks: list[Block] = [Paragraph(context.say("needs.lead")), Sentences(needs(context, rows))]
    blocks += _ranked(context, rows)
    tables = [table for table in (_demand(context), _advice(context), _feedback(context)) if table.rows]
    return Section("needs", context.say("section.needs"), (*blocks, *tables), is_blank=not rows and not tables)


def _ranked(context: Context, rows: list[Row]) -> list[Figure]:
    if not rows:
        return []
    labels = {row["topic"]: wrapped(context.construct(row["topic"])) for row in rows}
    drawn, words = [], []
    for row in rows:
        key = "figure.needs.place" if row["rank_low"] is not None else "figure.needs.place.only"
        place = context.say(key, rank=row["rank"], low=row["rank_low"], high=row["rank_high"])
        points = {name: context.points(row[name]) for name in ("importance", "current", "gap")}
        said = context.say("figure.needs.row", topic=context.construct(row["topic"]), place=place, **points)
        drawn.append({"topic": labels[row["topic"]], "importance": row["importance"], "current": row["current"],
                      "place": place, "tells": said})  # fmt: skip
        words.append(said)
    chart = charts_needs.gaps(
        drawn, list(labels.values()), (context.say("needs.importance"), context.say("needs.current"))
    )
    title = context.say("figure.needs", wave=wave(context, rows[0]))
    text = context.say("figure.needs.alt", rows=" ".join(words))
    return [draw(chart, "needs", title, text, context.say("figure.needs.note"))]


def _demand(context: Context) -> Table:
    codes = context.data.table("pub_demand_code", all_periods=True)
    rows = []
    for (partner,), own in codes.group_by(["partner_id"], maintain_order=True):
        asked = in_time(context, own)
        if len(asked) < 2:
            continue
        first, last = (
            [f"{context.construct(row['capability'])}: {context.construct(row['topic'])}" for row in part.to_dicts()]
            for part in (own.filter(pl.col("period_id") == one) for one in (asked[0], asked[-1]))
        )
        widened = context.say("demand.widened", before=len(first), after=len(last))
        rows.append((context.partner(str(partner)), context.joined(first), context.joined(last), widened))
    return Table(
        title=context.say("table.demand"),
        columns=tuple(context.say(f"col.{name}") for name in ("partner", "demand_before", "demand_after", "widened")),
        widths=(2.4, 3.4, 4.4, 1),
        numeric=(False, False, False, True),
        rows=tuple(sorted(rows)),
        note=context.say("table.demand.note"),
    )


def in_time(context: Context, rows: pl.DataFrame) -> list[str]:
    """Return the periods that are there, oldest first."""
    there = set(rows["period_id"])
    return [period.period_id for period in context.data.periods if period.period_id in there]


def _advice(context: Context) -> Table:
    rows = []
    for row in context.data.table("pub_advice", all_periods=True).sort("first_given_on", "advice_id").to_dicts():
        days, contact = context.count(row["n_days"]), row["accepted_after"]
        key = "advice.open" if row["accepted_on"] is None else "advice.accepted" if contact else "advice.accepted.only"
        givers = ", ".join(context.partner(one) for one in (row["given_by"] or "").split(", "))
        taken_up = context.say(key, days=days, contact=contact)
        given = f"{givers} → {context.partner(row['partner_id'])}"
        rows.append((in_words(row["advice_id"]), given, str(row["times_given"]), taken_up))
    return Table(
        title=context.say("table.advice"),
        columns=tuple(context.say(f"col.{name}") for name in ("advice", "given", "times", "accepted")),
        widths=(2, 4.6, 0.8, 3),
        numeric=(False, False, True, False),
        rows=tuple(rows),
        note=context.say("table.advice.note"),
    )


def _feedback(context: Context) -> Table:
    rows = context.data.table("pub_feedback")
    items = in_order(context.data, "feedback", {*rows["item"]} - {"recommend"})
    cells = {(row["event_id"], row["item"]): row for row in rows.to_dicts()}
    events = sorted({row["event_id"] for row in cells.values()}, key=lambda event: (event == _ALL, event))
    lines: list[tuple[str, ...]] = []
    for event in events:
        one = next(row for (key, _), row in cells.items() if key == event)
        title = context.say("feedback.all") if event == _ALL else one["title"] or event
        if one["is_suppressed"]:
            lines.append((title, context.suppressed))
            continue
        answered = context.count(one["n_respondents"])
        if one["n_invited"] is not None:
            answered = context.say("feedback.answered", n=answered, of=context.count(one["n_invited"]))
        shares = [_share(context, cells.get((event, item))) for item in items]
        lines.append((title, answered, *shares, _score(context, cells.get((event, "recommend")))))
    heads = (context.say("col.event"), context.say("col.answered"), *(context.construct(item) for item in items),
             context.say("col.recommend"))  # fmt: skip
    return Table(
        title=context.say("table.feedback", period=context.period),
        columns=heads,
        widths=(2.6, 1.2, *(1.9 for _ in items), 1.9),
        numeric=(False, True, *(True for _ in items), True),
        rows=tuple(lines),
        note=context.say("table.feedback.note"),
    )


def _share(context: Context, row: Row | None) -> str:
    if row is None or row["agree_share"] is None:
        return context.percent(None)
    ci = context.share_interval(row["agree_ci_low"], row["agree_ci_high"])
    return context.say("feedback.share", share=context.percent(row["agree_share"]), ci=ci)


def _score(context: Context, row: Row | None) -> str:
    if row is None or row["nps"] is None:
        return context.points(None)
    ci = context.interval(row["nps_ci_low"], row["nps_ci_high"])
    return context.say("feedback.share", share=context.points(row["nps"]), ci=ci)
