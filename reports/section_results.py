"""The section on results against targets, who tracks them, and what is said to have contributed."""

from __future__ import annotations

import polars as pl

from melflow.reports import charts_results, rounding, section_own
from melflow.reports.context import Context, Row, pages
from melflow.reports.document import Block, Figure, Paragraph, Section, Sentences, Table
from melflow.reports.grid import grid, word
from melflow.reports.tells import tells
from melflow.reports.vector import draw, wrapped

#: Published tables it reads, in the order of the workbook.
TABLES = ("pub_indicator_progress", "pub_tracking", "pub_contribution")

BULLETS = 18  # on a page
_STATUS = ("met", "on_track", "behind", "off_track")
_HEAD = (("indicator", 3.4, False), ("unit", 1.3, False), ("baseline", 0.9, True), ("target", 0.9, True),
         ("actual", 0.9, True), ("index", 0.7, True), ("status", 1.4, False), ("of", 0.9, True))  # fmt: skip


def section(context: Context) -> Section:
    """Return the section on results."""
    rows = context.data.table("pub_indicator_progress")
    mine = rows.filter(pl.col("scope") == "partner", pl.col("disaggregation") == "total")
    sentences = [*_judged(context, mine), *_changed(context, mine), *_tracked(context), *_contributed(context)]
    blocks: list[Block] = [Paragraph(context.say("results.lead")), Sentences(tuple(sentences))]
    whole = rows.filter(pl.col("scope") == "alliance", pl.col("disaggregation") == "total")
    if context.data.is_own:
        blocks += [*_figures(context, mine, "_own"), _own(context, mine)] if mine.height else []
        blocks += [_totals(context, whole)] if whole.height else []
    else:
        blocks += [*_figures(context, whole), _totals(context, whole)]
    blocks += section_own.results(context)
    exceptions = (_changes(context, mine), _unjudged(context, mine), _holes(context))
    blocks += [table for table in exceptions if table.rows]
    return Section("results", context.say("section.results"), tuple(blocks), is_blank=mine["actual"].count() == 0)


def _judged(context: Context, mine: pl.DataFrame) -> list[str]:
    if mine.is_empty():
        return [context.say("results.none", period=context.period)]
    judged = mine.drop_nulls("result_index")
    counts = {key: judged.filter(pl.col("status") == key).height for key in _STATUS}
    said = [context.say("results.judged", n=judged.height, period=context.period, **counts)]
    if judged.height < mine.height:
        said.append(context.say("results.unjudged", n=mine.height - judged.height))
    return said


def _moved(mine: pl.DataFrame) -> pl.DataFrame:
    return mine.filter(pl.col("previous_target").is_not_null())


def _changed(context: Context, mine: pl.DataFrame) -> list[str]:
    late = mine.filter(pl.col("target_latest") != pl.col("target_in_force")).height
    moved = _moved(mine).height
    return [context.say("results.changed", n=moved, late=late)] if moved else []


def _tracked(context: Context) -> list[str]:
    rows = context.data.table("pub_tracking")
    if rows.is_empty():
        return []
    due = rows.drop_nulls("on_time")
    facts = {"n": rows.height, "one": rows.filter("accountable_ok").height, "joint": rows.filter("joint").height}
    return [context.say("results.tracking", due=due.height, on_time=due.filter("on_time").height, **facts)]


def _contributed(context: Context) -> list[str]:
    rows = context.data.table("pub_contribution")
    if rows.is_empty():
        return []
    counts = {
        key: int(rows.filter(pl.col("rating") == key)["n_ratings"].sum())
        for key in ("strong", "plausible", "weak", "none")
    }
    third = int(rows.filter(pl.col("evidence_class") == 3)["n_ratings"].sum())
    return [context.say("results.contribution", n=sum(counts.values()), third=third, **counts)]


def _number(context: Context, value: float | None) -> str:
    return rounding.NOTHING if value is None else context.count(value)


def _name(row: Row) -> str:
    return f"{row['indicator_id']} {row['indicator_name'] or ''}".strip()


def _other(context: Context, row: Row) -> str:
    """Return with whom a partner's result is; empty for one of its own and for the alliance's."""
    dyad = context.data.dyads.get(row["dyad_id"] or "")
    if dyad is None:
        return ""
    return context.partner(dyad.partner_b if dyad.partner_a == row["partner_id"] else dyad.partner_a)


def _figures(context: Context, rows: pl.DataFrame, whose: str = "") -> list[Figure]:
    """Return how far each result is on its way; one that is never added up or cannot be judged stands in the table."""
    found = [row for row in rows.to_dicts() if row["is_suppressed"] or row["result_index"] is not None]
    figures = []
    portions = pages([_bullet(context, row) for row in found], BULLETS)
    for number, chosen in enumerate(portions, start=1):
        title = context.part(context.say(f"figure.results{whose}", period=context.period), number, portions)
        text = context.say(f"figure.results{whose}.alt", n=len(chosen), rows=context.joined(
            row["tells"].replace("\n", ": ") for row in chosen))  # fmt: skip
        chart = charts_results.bullets(
            list(chosen), [row["indicator"] for row in chosen], [word(context, "status", one) for one in _STATUS],
            context.say("figure.results.axis"), context.suppressed,
        )  # fmt: skip
        figures.append(draw(chart, f"results-{number}", title, text, context.say("figure.results.note")))
    return figures


def _bullet(context: Context, row: Row) -> Row:
    status, words = word(context, "status", row["status"]), context.suppressed
    told = words
    if not row["is_suppressed"]:
        facts = {"actual": _number(context, row["actual"]), "target": _number(context, row["target_in_force"])}
        words = context.say("figure.results.bar", **facts)
        told = context.say("tells.results", index=_number(context, row["result_index"]), status=status, words=words)
    other = _other(context, row)
    label = wrapped(f"{row['indicator_id']} {other}" if other else _name(row), 30)
    who = (_name(row), other) if other else _name(row)
    return {"indicator": label, "index": row["result_index"], "status": status, "words": words,
            "hidden": row["is_suppressed"], "tells": tells(who, told)}  # fmt: skip


def _own(context: Context, mine: pl.DataFrame) -> Table:
    """Return the partner's own results; a result it has with another partner names that one."""

    def cells(row: Row) -> tuple[str, ...]:
        other = _other(context, row)
        name = (f"{_name(row)} ({other})" if other else _name(row), row["unit"] or rounding.NOTHING)
        if row["is_suppressed"]:
            return (*name, context.suppressed)
        numbers = (_number(context, row[key]) for key in ("baseline", "target_in_force", "actual", "result_index"))
        return (*name, *numbers, word(context, "status", row["status"]))

    return grid(context, "results_own", _HEAD[:-1], [cells(row) for row in mine.to_dicts()])


def _totals(context: Context, whole: pl.DataFrame) -> Table:
    """Return the alliance's totals; of what is never added up, why not."""

    def cells(row: Row) -> tuple[str, ...]:
        name = _name(row)
        if row["is_suppressed"]:
            return (name, row["unit"] or rounding.NOTHING, context.suppressed)
        if row["reason"] is not None:
            return (
                name,
                row["unit"] or rounding.NOTHING,
                context.say("results.no_total", reason=context.why(row["reason"])),
            )
        numbers = (_number(context, row[key]) for key in ("baseline", "target_in_force", "actual", "result_index"))
        part = context.say("results.part", n=row["n_summed"], of=row["results_due"])
        return (name, row["unit"] or rounding.NOTHING, *numbers, word(context, "status", row["status"]), part)

    return grid(context, "results", _HEAD, [cells(row) for row in whole.to_dicts()])


def _who(context: Context, row: Row) -> str:
    return context.dyad_text(row["dyad_id"]) if row["dyad_id"] else context.partner(row["partner_id"])


def _changes(context: Context, mine: pl.DataFrame) -> Table:
    head = (("indicator", 1.0, False), ("who", 4.0, False), ("previous", 1.1, True), ("latest", 1.1, True),
            ("in_force", 1.1, True), ("changed_on", 1.3, False), ("why", 1.2, False))  # fmt: skip
    rows = [
        (
            row["indicator_id"], _who(context, row), *(_number(context, row[key]) for key in (
                "previous_target", "target_latest", "target_in_force")),
            rounding.date(row["target_changed_on"], context.language), word(context, "change", row["change_reason"]),
        )
        for row in _moved(mine).to_dicts()
    ]  # fmt: skip
    return grid(context, "targets", head, rows)


def _unjudged(context: Context, mine: pl.DataFrame) -> Table:
    rows = [
        (row["indicator_id"], _who(context, row), context.why(row["reason"]))
        for row in mine.filter(pl.col("result_index").is_null()).to_dicts()
    ]
    return grid(context, "unjudged", (("indicator", 1.0, False), ("who", 4.0, False), ("why", 4.0, False)), rows)


def _holes(context: Context) -> Table:
    rows = [
        (row["indicator_id"], context.partner(row["partner_id"]), context.why(row["reason"]))
        for row in context.data.table("pub_tracking").filter(pl.col("reason").is_not_null()).to_dicts()
    ]
    return grid(context, "tracking", (("indicator", 1.0, False), ("who", 4.0, False), ("hole", 4.0, False)), rows)
