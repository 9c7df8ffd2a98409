"""The section on learning cycles: plan and what came of it, questions, roles, products, insights."""

from __future__ import annotations

import re
from collections.abc import Sequence

import polars as pl

from melflow.reports import charts_cycles, columns_cycles, labels_cycles, rounding
from melflow.reports.context import Context, Row, pages
from melflow.reports.document import Block, Figure, Paragraph, Section, Sentences, Table
from melflow.reports.findings_cycles import cycles as findings
from melflow.reports.grid import word
from melflow.reports.id_words import in_words, listed
from melflow.reports.tells import tells
from melflow.reports.vector import draw

#: Published tables it reads, in the order of the workbook.
TABLES = tuple(columns_cycles.TABLES)

CYCLES = 26  # on a page
#: A version of a product within a reason.
_VERSION = re.compile(r"[^\s,;]+@[^\s,;]+")
_NUMBERS = ("age", "depth", "contexts", "facilitated", "personnel", "n", "score", "interval")


def section(context: Context) -> Section:
    """Return the section; blank when no cycle and no question can be published."""
    cycles = context.data.table("pub_learning_cycle", all_periods=True).sort("planned_start", "cycle_id")
    blocks: list[Block] = [Paragraph(context.say("cycles.lead")), Sentences(findings(context))]
    blocks += _gantt(context, cycles.drop_nulls("planned_start").to_dicts())
    now = context.data.table("pub_learning_cycle").sort("cycle_id")
    tables = (_products(context, now), _questions(context), _roles(context, now), _lineage(context), _entries(context))
    blocks += [table for table in tables if table.rows]
    blank = cycles.is_empty() and context.data.table("pub_question", all_periods=True).is_empty()
    return Section("cycles", context.say("section.cycles"), tuple(blocks), is_blank=blank)


def _state(context: Context, row: Row) -> str:
    if row["actual_start"] is None:
        return context.say("cycle.planned")
    if row["actual_end"] is None:
        return context.say("cycle.open", days=context.count(row["elapsed_days"]))
    if row["slippage_days"] is None:
        return context.say("cycle.ended")
    return context.say("cycle.on_time" if row["on_time"] else "cycle.late", days=context.count(row["slippage_days"]))


def _gantt(context: Context, cycles: list[Row]) -> list[Figure]:
    figures, as_of = [], context.data.info.as_of
    portions = pages(cycles, CYCLES)
    for number, chosen in enumerate(portions, start=1):
        rows: list[Row] = []
        labels = labels_cycles.apart([labels_cycles.cycle(context, row["cycle_id"]) for row in chosen], 28)
        for row, label in zip(chosen, labels, strict=True):
            end = row["actual_end"] or (as_of if row["actual_start"] else None)
            days = {"planned_start": row["planned_start"], "planned_end": row["planned_end"],
                    "start": row["actual_start"], "end": end,
                    "last": max(day for day in (end, row["planned_end"], row["planned_start"]) if day)}  # fmt: skip
            name = labels_cycles.cycle(context, row["cycle_id"])
            rows.append({
                "cycle": label, "late": row["on_time"] is False,
                "open": row["actual_start"] is not None and row["actual_end"] is None, "state": _state(context, row),
                "tells": tells(name, _state(context, row)),
                **{name: None if day is None else day.isoformat() for name, day in days.items()},
            })  # fmt: skip
        text = context.say("figure.cycles.alt", cycles=len(rows), rows=context.joined(
            f"{row['cycle']}: {row['state']}" for row in rows))  # fmt: skip
        title = context.part(context.say("figure.cycles"), number, portions)
        chart = charts_cycles.gantt(rows, labels)
        figures.append(draw(chart, f"cycles-{number}", title, text, context.say("figure.cycles.note")))
    return figures


def _table(
    context: Context, name: str, columns: tuple[str, ...], widths: tuple[float, ...], rows: Sequence[tuple[str, ...]]
) -> Table:
    return Table(
        title=context.say(f"table.{name}", period=context.period),
        columns=tuple(context.say(f"col.{column}") for column in columns),
        widths=widths,
        numeric=tuple(column in _NUMBERS for column in columns),
        rows=tuple(rows),
        note=context.say(f"table.{name}.note"),
    )


def _products(context: Context, cycles: pl.DataFrame) -> Table:
    rows = []
    for row in cycles.to_dicts():
        said = context.say("cycle.products", n=row["products_delivered"], of=row["products_expected"])
        asked = {state: context.count(row[f"questions_{state}"])
                 for state in ("open", "advanced", "answered", "dropped")}  # fmt: skip
        name = labels_cycles.cycle(context, row["cycle_id"])
        missing = listed(row["products_missing"]) if row["products_missing"] else rounding.NOTHING
        rows.append((name, row["theme"] or rounding.NOTHING, said, missing, context.say("cycle.questions", **asked),
                     context.count(row["facilitation_days"]), _personnel(context, row)))  # fmt: skip
    columns = ("cycle", "theme", "products", "missing", "questions", "facilitated", "personnel")
    return _table(context, "cycle_products", columns, (2.2, 1.4, 0.9, 2.1, 2.5, 1, 1.65), rows)


def _personnel(context: Context, row: Row) -> str:
    """Return the part of people in the budget; the alliance's says so, for it is the same for every cycle."""
    share = context.percent(row["personnel_share"])
    return context.say("cycle.personnel.alliance", share=share) if row["personnel_scope"] == "alliance" else share


def _questions(context: Context) -> Table:
    questions = context.data.table("pub_question", all_periods=True).filter("is_open")
    rows = []
    for row in questions.sort("age_days", "question_id", descending=[True, False]).to_dicts():
        linked = ", ".join(context.partner(one) for one in (row["linked_partners"] or "").split(", ") if one)
        words = row["question"] or row["question_id"]
        rows.append(
            (
                words,
                word(context, "question_state", row["status"]),
                context.count(row["age_days"]),
                linked or rounding.NOTHING,
            )
        )
    return _table(context, "questions", ("question", "state", "age", "concerns"), (3.4, 1, 0.8, 4.4), rows)


def _roles(context: Context, cycles: pl.DataFrame) -> Table:
    roles = context.data.table("pub_participation").filter(pl.col("cycle_id").is_in(cycles["cycle_id"].to_list()))
    rows = []
    steps = roles.sort("cycle_id", "starts_on", "step", "partner_id").group_by(
        ["cycle_id", "step"], maintain_order=True
    )
    for (cycle, step), part in steps:
        said = context.joined(
            context.say("role.differs" if row["observed_role"] not in (None, row["declared_role"]) else "role.same",
                        partner=context.partner(row["partner_id"]),
                        said=word(context, "role", row["declared_role"]),
                        seen=word(context, "role", row["observed_role"]))
            for row in part.to_dicts()
        )  # fmt: skip
        rows.append((labels_cycles.cycle(context, str(cycle)), str(step).replace("_", " "), said))
    return _table(context, "roles", ("cycle", "step", "roles"), (2, 1.2, 6.4), rows)


def _entries(context: Context) -> Table:
    entries = context.data.table("pub_entry_profile").filter(pl.col("item") == "all", pl.col("scope") == "partner")
    rows: list[tuple[str, ...]] = [
        (context.partner(row["scope_id"]), context.suppressed)
        if row["is_suppressed"]
        else (context.partner(row["scope_id"]), context.count(row["n_respondents"]), context.points(row["score"]),
              context.interval(row["ci_low"], row["ci_high"]))
        for row in entries.to_dicts()
    ]  # fmt: skip
    return _table(context, "entries", ("partner", "n", "score", "interval"), (4, 1, 1, 1.6), sorted(rows))


def _lineage(context: Context) -> Table:
    products = context.data.table("pub_product").sort("version_key")
    every = context.data.table("pub_product", all_periods=True)
    titles = {key: title or labels_cycles.untitled(key, kind)
              for key, title, kind in every.select("version_key", "title", "type").iter_rows()}  # fmt: skip

    def named(key: str | None) -> str:
        return labels_cycles.product(context, key, titles) if key else rounding.NOTHING

    rows = [
        (named(row["version_key"]), in_words(row["type"]) if row["type"] else rounding.NOTHING,
         named(row["parent_version_key"]),
         _VERSION.sub(lambda found: named(found[0]), context.why(row["reason"]))
         if row["reason"] else context.count(row["lineage_depth"]),
         context.count(row["n_contexts"]))
        for row in products.to_dicts()
    ]  # fmt: skip
    return _table(
        context, "lineage", ("product", "kind", "made_from", "depth", "contexts"), (2.6, 1.2, 2.6, 2, 0.9), rows
    )
