"""What partners say of figures about them: which figures these are, and how an answer is printed beside one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from melflow.reports import columns, rounding, section_changes
from melflow.reports.answer import Answer
from melflow.reports.column import Column
from melflow.reports.context import Context, Row
from melflow.reports.document import Section
from melflow.reports.edition_data import EditionData
from melflow.reports.figure_keys import figure, keys_of
from melflow.reports.grid import grid
from melflow.reports.partner_view import WHOSE, is_named
from melflow.reports.phrases import say_or
from melflow.reports.sections import tables_of

#: Columns that name partners; a question that links some is nobody's own.
_NAMED = (*WHOSE, "linked_partners")
_BESIDE = ("_low", "_high", "sd", "_p")
#: With fewer numbers than these a line says also how many people, reports or days are behind them.
_FEWEST_VALUES = 3
_FORMULA = re.compile(r"\s\(F\d[^)]*\)")


@dataclass(frozen=True)
class About:
    """One row of published figures that names a partner.

    Attributes:
        figure: Twelve hexadecimal digits that stand for table and keys.
        keys: JSON: key column -> value, without the period.
        row: The row.
    """

    figure: str
    table: str
    keys: str
    row: Row


def about(data: EditionData, partner_id: str, tables: Iterable[str]) -> list[About]:
    """Return the rows of the period that name a partner and show a figure, in the order of the tables.

    Args:
        data: What the edition will show.
        partner_id: The partner.
        tables: Published tables of the edition.
    """
    pairs = [key for key, dyad in data.dyads.items() if partner_id in (dyad.partner_a, dyad.partner_b)]
    found = []
    for table in tables:
        frame = data.table(table).filter(pl.col("is_suppressed").not_())
        rows = frame.filter(_names(frame, partner_id, pairs)).to_dicts()
        found += [_about(table, row) for row in rows]
    return found


def _names(frame: pl.DataFrame, partner_id: str, pairs: list[str]) -> pl.Expr:
    rules = [is_named(name, partner_id) for name in _NAMED if name in frame.columns]
    if "dyad_id" in frame.columns:
        rules.append(pl.col("dyad_id").is_in(pairs))
    if {"scope", "scope_id"} <= set(frame.columns):
        rules.append((pl.col("scope") == "partner") & (pl.col("scope_id") == partner_id))
        rules.append((pl.col("scope") == "dyad") & pl.col("scope_id").is_in(pairs))
    return pl.any_horizontal(rules).fill_null(value=False) if rules else pl.lit(value=False)


def _about(table: str, row: Row) -> About:
    keys = keys_of(table, row)
    return About(figure(table, keys), table, keys, row)


def named(context: Context, table: str, keys: str) -> str:
    """Return a figure in words: table, partners, constructs."""
    row = {"table": table, "keys": keys, "figure": None, "period_id": ""}
    return section_changes.named(context, row)


def values(context: Context, one: About) -> str:
    """Return what a row says in words: all that was measured; how many are behind it where there is little else."""
    measured: list[str] = []
    counts: list[str] = []
    for column in columns.TABLES[one.table]:
        value = one.row[column.name]
        is_number = column.is_value and column.dtype in (pl.Int64, pl.Float64)
        if value is None or not is_number or column.name.endswith(_BESIDE):
            continue
        shown = context.percent(value) if column.unit.startswith("share") else _number(context, value)
        part = context.say("replypage.value", what=_label(context, one.table, column), value=shown)
        (counts if column.name.startswith("n_") else measured).append(part)
    return " · ".join([*measured, *counts[: max(_FEWEST_VALUES - len(measured), 0)]])


def _label(context: Context, table: str, column: Column) -> str:
    """Return the name of a number for a line, else what the data dictionary says of it, without its formula."""
    meaning = _FORMULA.sub("", context.meaning(column)).removesuffix(".")
    plain = meaning[0].lower() + meaning[1:]
    name = say_or(context.language, f"figure.{column.name}", plain)
    return say_or(context.language, f"figure.{table.removeprefix('pub_')}.{column.name}", name)


def values_of(one: About) -> tuple[object, ...]:
    """Return all numbers of a row as they stand in the release."""
    return tuple(one.row[name] for name in columns.values(one.table))


def _number(context: Context, value: float) -> str:
    return rounding.number(value, 0 if float(value).is_integer() else 1, context.language)


def beside(context: Context, sections: tuple[Section, ...], answers: tuple[Answer, ...]) -> tuple[Section, ...]:
    """Return the sections with what partners said of their figures of the period at the end of each."""
    own = tuple(one for one in answers if one.period_id in ("", context.data.period.period_id))
    return tuple(_with(context, section, [*_of(section.key, own)]) for section in sections)


def _of(key: str, answers: tuple[Answer, ...]) -> Iterator[Answer]:
    tables = tables_of((key,))
    return (one for one in answers if one.table in tables)


def _with(context: Context, section: Section, answers: list[Answer]) -> Section:
    if not answers:
        return section
    head = (("partner", 1.6, False), ("figure", 2.6, False), ("reply", 1.3, False), ("reply_words", 4.5, False))
    cells = []
    for one in answers:
        kind = "held" if one.is_held else one.kind
        given = rounding.date(_day(one.given_on), context.language)
        said = context.say(f"reply.kind.{kind}", date=given)
        cells.append((context.partner(one.partner_id), named(context, one.table, one.keys), said, one.text))
    return replace(section, blocks=(*section.blocks, grid(context, "replies", head, cells)))


def _day(text: str) -> Any:
    import datetime as dt

    return dt.date.fromisoformat(text)
