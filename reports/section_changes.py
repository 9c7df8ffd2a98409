"""The section on what an earlier edition showed and this one shows otherwise."""

from __future__ import annotations

import json

import polars as pl

from melflow.reports import columns, rounding
from melflow.reports.context import Context, Row
from melflow.reports.document import Block, Paragraph, Section, Sentences
from melflow.reports.grid import grid, word
from melflow.reports.restated import RATES, WITHDRAWN
from melflow.reports.restated import SHOWN as NEW

#: It compares those of the other sections.
TABLES = ()

SHOWN = 20  # changes in print, the largest first; the workbook has all
#: How a unit begins -> decimals it is printed with; one for others, none for counts.
_DIGITS = (("share", 0), ("points", 0), ("0-150", 0), ("-1 to 1", 2), ("0-1", 2), ("ratio", 2))
#: Of these the table has the word for a withheld number as what was shown before.
_NOT_SHOWN = ("raised", "narrower", "shown")
_CONSTRUCTS = ("capability", "dimension", "level", "topic")


def section(context: Context) -> Section:
    """Return the section on restatements; an edition without a predecessor says so."""
    title = context.say("section.changes")
    if context.before is None:
        return Section("changes", title, (Paragraph(context.say("changes.first")),))
    before, rows = context.before.info, context.restated
    facts = {
        "period": context.before.period.label,
        "release": before.release_id,
        "date": rounding.date(before.created_at.date(), context.language),
    }
    blocks: list[Block] = [Paragraph(context.say("changes.lead", **facts)), Sentences(_counted(context, rows))]
    if rows.height:
        head = (("figure", 3.4, False), ("before", 0.9, True), ("now", 0.9, True), ("why", 2.4, False))
        rows = _together(rows).sort(_size(), descending=True, nulls_last=True, maintain_order=True)
        blocks.append(grid(context, "changes", head, [cells(context, row) for row in rows.head(SHOWN).to_dicts()]))
        if rows.height > SHOWN:
            blocks.append(Paragraph(context.say("changes.more", n=context.count(rows.height - SHOWN)), "note"))
    return Section("changes", title, tuple(blocks))


def _together(rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows for print: what is not shown any more as one row of each table and reason."""
    is_withdrawn = pl.col("why").is_in(WITHDRAWN)
    of = rows.filter(is_withdrawn).with_columns(period_id=pl.lit(None, pl.String), figure=pl.lit(None, pl.String))
    keys = [name for name in of.columns if name != "count"]
    gone = of.group_by(keys, maintain_order=True).agg(pl.col("count").sum()).select(rows.columns)
    return pl.concat([gone, rows.filter(~is_withdrawn)])


def cells(context: Context, row: Row) -> tuple[str, str, str, str]:
    """Return a restatement as cells: which figure, before, now, why."""
    if row["why"] in WITHDRAWN:
        gone = context.say(f"why.{row['why']}", count=row["count"], said=row["said"])
        return (named(context, row), context.suppressed, rounding.NOTHING, gone)
    digits, is_share = _printed(row["table"], row["figure"])
    old, new = rounding.told_apart((row["old"], row["new"]), digits, context.language, is_share=is_share)
    was = context.suppressed if row["why"] in _NOT_SHOWN else old
    facts = {"old": context.count(row["n_old"]), "new": context.count(row["n_new"]), "said": row["said"]}
    return (named(context, row), was, new, context.say(f"why.{row['why']}", **facts))


def _printed(table: str, figure: str) -> tuple[int, bool]:
    """Return the decimals of a figure, and whether it is a share; what an edition works out itself has none."""
    if table not in columns.TABLES:
        return 0, False
    told = next(column for column in columns.TABLES[table] if column.name == figure)
    digits = 0 if told.dtype == pl.Int64 else next((n for start, n in _DIGITS if told.unit.startswith(start)), 1)
    return digits, told.unit.startswith("share")


def named(context: Context, row: Row) -> str:
    """Return a figure in words: its table, what it measures, whom and what it is about, the period."""
    labels = {period.period_id: period.label for period in context.data.periods}
    parts: list[str | None] = [
        word(context, "figure_of", row["table"].removeprefix("pub_")),
        word(context, "figure", row["figure"]) if row["figure"] else None,
    ]
    keys = json.loads(row["keys"]) if row["keys"] else {}
    for key, value in keys.items():
        if value is None or key == "instrument_id":
            continue
        if key == "words":
            parts.append(value)
        elif key == "scope_id" and value == keys.get("scope"):
            continue  # the alliance has one name for both
        elif key.endswith("partner_id") or (key == "scope_id" and keys.get("scope") == "partner"):
            parts.append(context.partner(value))
        elif key == "dyad_id" or (key == "scope_id" and keys.get("scope") == "dyad"):
            parts.append(context.dyad_text(value) if value in context.data.dyads else value)
        else:
            parts.append(context.construct(value) if key in _CONSTRUCTS else word(context, key, value))
    if row["period_id"]:
        parts.append(labels.get(row["period_id"], row["period_id"]))
    return ", ".join(part for part in parts if part)


def _counted(context: Context, rows: pl.DataFrame) -> tuple[str, ...]:
    if rows.is_empty():
        return (context.say("changes.none"),)
    n = {key: int(part["count"].sum()) for (key,), part in rows.group_by("why")}
    gone = sum(n.pop(why, 0) for why in WITHDRAWN)
    new = sum(n.pop(why, 0) for why in NEW)
    said = [context.say("changes.some", count=sum(n.values()))]
    if gone:
        said.append(context.say("changes.gone", count=gone))
    if new:
        said.append(context.say("changes.shown", count=new))
    return tuple(said)


def _size() -> pl.Expr:
    """Return how much a figure moved, in points: a share of 0-1 counts a hundred times.

    What a rate moved comes first, then what is gone; counts come after scores, shares and amounts.
    """
    moved = (pl.col("new") - pl.col("old")).abs()
    every = [column for table in columns.TABLES.values() for column in table]
    shares = [column.name for column in every if column.unit.startswith("share")]
    counts = [column.name for column in every if column.dtype == pl.Int64]
    points = pl.when(pl.col("figure").is_in(shares)).then(moved * 100).otherwise(moved)
    points = pl.when(pl.col("figure").is_in(counts)).then(points - 1e9).otherwise(points)
    points = pl.when(pl.col("why").is_in(WITHDRAWN)).then(1e300).otherwise(points)
    return pl.when(pl.col("why").is_in(RATES)).then(float("inf")).otherwise(points)
