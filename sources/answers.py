"""Answers in columns, as they came and ready to be read: shared by all survey tools; see also ``answer_rows``."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from melflow.sources import values
from melflow.sources.canonical import Schema
from melflow.sources.tables import ROW
from melflow.sources.xlsform import Form

SUB, REPEAT, SHEET = "__sub", "__repeat", "__sheet"
INDEX: Schema = {SUB: pl.UInt32, REPEAT: pl.String, ROW: pl.Int64, SHEET: pl.String}
ANSWERED = "__answered"
NUMBERS = ("integer", "decimal", "range")


@dataclass(frozen=True)
class Filled:
    """The answers of one payload to one version of a form.

    Attributes:
        form: The form version.
        tables: Repeat path ("" for the top) -> one row per submission or repetition: submission number ``__sub``,
            ``__repeat`` such as "children[2]", ``__row`` and ``__sheet``, and a text column per item path.
        headers: Item path -> header in the file.
        codes: Translation of choices where the file has labels: item_path, value_raw, code.
    """

    form: Form
    tables: dict[str, pl.DataFrame]
    headers: dict[str, str] = field(default_factory=dict)
    codes: pl.DataFrame | None = None


@dataclass(frozen=True)
class Said:
    """The answers of one payload to one version of a form, ready to be read.

    Attributes:
        filled: As they came.
        items: Repeat path -> its items in the order of the form; "" is the top.
        cells: Repeat path -> the columns of ``INDEX`` and one per item: the cells without padding, blank is null.
        answers: The same, with codes where the file has labels.
    """

    filled: Filled
    items: dict[str, list[dict[str, Any]]]
    cells: dict[str, pl.DataFrame]
    answers: dict[str, pl.DataFrame]


def said(filled: Filled) -> Said:
    """Return the answers without padding, as codes: a column for each question also where the file has none."""
    columns = ("item_id", "item_path", "repeat_path", "type", "list", "role", "relevant_expr", "order_no")
    items: dict[str, list[dict[str, Any]]] = {repeat: [] for repeat in filled.tables}
    for item in filled.form.items.select(columns).to_dicts():
        if item["repeat_path"] in items:
            items[item["repeat_path"]].append(item)
    codes = _codes(filled)
    cells, coded = {}, {}
    for repeat, table in filled.tables.items():
        paths = [item["item_path"] for item in items[repeat]]
        there = [path for path in paths if path in table.columns]
        absent = [pl.lit(None, pl.String).alias(path) for path in paths if path not in table.columns]
        cells[repeat] = values.all_filled(table.select(*INDEX, *there, *absent), there).select(*INDEX, *paths)
        # a translation is of the cell as it stands in the file, padding included
        given = [table[path].replace_strict(codes[path], default=cells[repeat][path], return_dtype=pl.String)
                 for path in there if path in codes]  # fmt: skip
        coded[repeat] = cells[repeat].with_columns(given) if given else cells[repeat]
    return Said(filled, items, cells, coded)


def only(read: Said, subs: pl.Series) -> Said:
    """Return the answers of these submissions (numbers ``__sub``) alone."""
    tables, cells, coded = dict(read.filled.tables), dict(read.cells), dict(read.answers)
    for repeat, table in read.filled.tables.items():
        is_meant = table[SUB].is_in(subs.implode())
        if not is_meant.all():
            for level in (tables, cells, coded):
                level[repeat] = level[repeat].filter(is_meant)
    return replace(read, filled=replace(read.filled, tables=tables), cells=cells, answers=coded)


def _codes(filled: Filled) -> dict[str, dict[str, str]]:
    """Return item path -> text in the file -> code, of the texts that are not their own code."""
    codes: dict[str, dict[str, str]] = {}
    if filled.codes is not None:
        for path, raw, code in filled.codes.select("item_path", "value_raw", "code").iter_rows():
            if code != raw.strip():
                codes.setdefault(path, {})[raw] = code
    return codes


def stacked(columns: list[pl.Series]) -> pl.Series:
    """Return columns of one type below each other."""
    return pl.concat([column.alias("") for column in columns]).rechunk()


def chosen(answers: pl.Series) -> pl.DataFrame:
    """Return each distinct answer to a select_multiple with its options in ABC order: answer, option (a list)."""
    distinct = answers.drop_nulls().unique().alias("answer").to_frame()
    return distinct.with_columns(option=pl.col("answer").str.split(" ").list.unique().list.sort())
