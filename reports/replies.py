"""What partners say of figures about them: which figures these are, and what an answer does in an edition."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from melflow.reports import columns, rounding, section_changes
from melflow.reports.answer import Answer
from melflow.reports.column import COMMON
from melflow.reports.context import Context, Row
from melflow.reports.document import Section
from melflow.reports.grid import grid, word
from melflow.reports.partner_view import WHOSE
from melflow.reports.read import HELD, EditionData
from melflow.reports.xlsx import tables_of

_BESIDE = ("_low", "_high", "sd", "_p")
_SHOWN_VALUES = 3
#: Tables that say the same of a pair: a figure held in one could be read in the other.
_OF_A_PAIR = ("pub_partnership_health", "pub_health_dyad", "pub_dual_tracking")
_COMPOSITE = "composite"
_NAMELESS = {column.name for column in COMMON} | {"period_id", "reason", "caution"}


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
    rules = [pl.col(name) == partner_id for name in WHOSE if name in frame.columns]
    if "dyad_id" in frame.columns:
        rules.append(pl.col("dyad_id").is_in(pairs))
    if {"scope", "scope_id"} <= set(frame.columns):
        rules.append((pl.col("scope") == "partner") & (pl.col("scope_id") == partner_id))
        rules.append((pl.col("scope") == "dyad") & pl.col("scope_id").is_in(pairs))
    return pl.any_horizontal(rules).fill_null(value=False) if rules else pl.lit(value=False)


def _about(table: str, row: Row) -> About:
    keys = keys_of(table, row)
    return About(figure(table, keys), table, keys, row)


def keys_of(table: str, row: Row) -> str:
    """Return the key columns of a row as JSON, without the period: the same figure in another release has the same."""
    names = [one.name for one in columns.TABLES[table] if one.dtype == pl.String and not one.is_value]
    return json.dumps({name: row[name] for name in names if name not in _NAMELESS}, ensure_ascii=False)


def figure(table: str, keys: str) -> str:
    """Return what stands for a figure in forms and workbooks."""
    return hashlib.sha256(f"{table}\n{keys}".encode()).hexdigest()[:12]


def named(context: Context, table: str, keys: str) -> str:
    """Return a figure in words: table, partners, constructs."""
    row = {"table": table, "keys": keys, "figure": None, "period_id": ""}
    return section_changes.named(context, row)


def values(context: Context, one: About) -> str:
    """Return the main numbers of a row in words."""
    parts = []
    for column in sorted(columns.TABLES[one.table], key=lambda column: column.name.startswith("n_")):
        value = one.row[column.name]
        is_number = column.is_value and column.dtype in (pl.Int64, pl.Float64)
        if value is None or not is_number or column.name.endswith(_BESIDE):
            continue
        shown = context.percent(value) if column.unit.startswith("share") else _number(context, value)
        parts.append(f"{word(context, 'figure', column.name)} {shown}")
    return "; ".join(parts[:_SHOWN_VALUES])


def values_of(one: About) -> tuple[object, ...]:
    """Return all numbers of a row as they stand in the release."""
    return tuple(one.row[name] for name in columns.values(one.table))


def _number(context: Context, value: float) -> str:
    return rounding.number(value, 0 if float(value).is_integer() else 1, context.language)


def withheld(data: EditionData, answers: Iterable[Answer]) -> EditionData:
    """Return the data without the numbers of figures that are held; a row that is no number is left out.

    A pair's health stands in several tables, and in a mean over its dimensions: what is held in one is held in all.
    """
    held = [one for one in answers if one.is_held]
    if not held:
        return data
    figures = {(one.table, one.keys) for one in held}
    pairs = {(keys["dyad_id"], keys.get("dimension", _COMPOSITE)) for keys in _of_pairs(held)}

    def is_held(table: str, row: Row) -> bool:
        if row.get("period_id", data.period.period_id) != data.period.period_id:
            return False
        if (table, keys_of(table, row)) in figures:
            return True
        if table not in _OF_A_PAIR:
            return False
        dimension = row.get("dimension", _COMPOSITE)
        return any(dyad == row["dyad_id"] and dimension in (one, _COMPOSITE) for dyad, one in pairs)

    tables = {name: _emptied(name, frame, [is_held(name, row) for row in frame.to_dicts()])
              for name, frame in data.tables.items()}  # fmt: skip
    return replace(data, tables=tables)


def _of_pairs(held: Iterable[Answer]) -> Iterator[dict[str, str]]:
    return (json.loads(one.keys) for one in held if one.table in _OF_A_PAIR)


def _emptied(table: str, frame: pl.DataFrame, marks: list[bool]) -> pl.DataFrame:
    if not any(marks):
        return frame
    is_held = pl.Series(marks, dtype=pl.Boolean)
    numbers = columns.values(table)
    if not numbers:
        return frame.filter(~is_held)
    return frame.with_columns(
        *(pl.when(is_held).then(None).otherwise(pl.col(name)).alias(name) for name in numbers),
        (pl.col("is_suppressed") | is_held).alias("is_suppressed"),
        pl.when(is_held).then(pl.lit(HELD)).otherwise(pl.col("n_suppressed_reason")).alias("n_suppressed_reason"),
    )


def beside(context: Context, sections: tuple[Section, ...], answers: tuple[Answer, ...]) -> tuple[Section, ...]:
    """Return the sections with what partners said of their figures at the end of each."""
    return tuple(_with(context, section, [*_of(section.key, answers)]) for section in sections)


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
