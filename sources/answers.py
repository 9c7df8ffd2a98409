"""Answers in columns to one row per answer, typed, with the reason of every missing one: shared by all survey tools.

Columns stay columns as long as possible: each is stripped and coded once (``said``), all columns of a kind of question
are read together, and what is the same for a whole column is put beside it without a copy. Rows come last.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import polars as pl

from melflow.sources import values
from melflow.sources.canonical import Schema
from melflow.sources.formrows import SELECT_MULTIPLE, SELECT_ONE
from melflow.sources.tables import ROW
from melflow.sources.xlsform import Form

SUB, REPEAT, SHEET = "__sub", "__repeat", "__sheet"
INDEX: Schema = {SUB: pl.UInt32, REPEAT: pl.String, ROW: pl.Int64, SHEET: pl.String}
ANSWERED = "__answered"
NUMBERS = ("integer", "decimal", "range")
_DATES = ("date", "today", "dateTime", "start", "end")
_CALCULATE = "calculate"

#: Columns of ``long``: the response, and ``answer``, the text without label or padding.
LONG: Schema = {
    **INDEX,
    "item_id": pl.String,
    "item_path_raw": pl.String,
    "value_raw": pl.String,
    "value_num": pl.Float64,
    "value_text": pl.String,
    "value_date": pl.Date,
    "option": pl.String,
    "missing_code": pl.String,
    "answer": pl.String,
}


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
    """Return the answers without padding, as codes, a column for each question also where the file has none."""
    columns = ("item_id", "item_path", "repeat_path", "type", "list", "role", "relevant_expr", "order_no")
    items: dict[str, list[dict[str, Any]]] = {repeat: [] for repeat in filled.tables}
    for item in filled.form.items.select(columns).to_dicts():
        if item["repeat_path"] in items:
            items[item["repeat_path"]].append(item)
    codes = _codes(filled)
    cells, coded = {}, {}
    for repeat, table in filled.tables.items():
        paths = [item["item_path"] for item in items[repeat]]
        cells[repeat] = table.select(*INDEX).hstack(_without_padding(table, paths))
        # a translation is of the cell as it stands in the file, padding included
        given = [table[path].replace_strict(codes[path], default=cells[repeat][path], return_dtype=pl.String)
                 for path in paths if path in codes and path in table.columns]  # fmt: skip
        coded[repeat] = cells[repeat].with_columns(given)
    return Said(filled, items, cells, coded)


def _without_padding(table: pl.DataFrame, paths: list[str]) -> list[pl.Series]:
    """Return the columns without padding, blank is null, made in one go; null where the table has no such column."""
    there = [path for path in paths if path in table.columns]
    if not there or table.is_empty():
        return [pl.Series(path, [None] * table.height, dtype=pl.String) for path in paths]
    texts = pl.concat([table[path].alias("") for path in there]).to_frame()
    whole = texts.select(values.filled(pl.col(""))).to_series()
    found = {path: whole.slice(number * table.height, table.height) for number, path in enumerate(there)}
    absent = pl.Series([None], dtype=pl.String).new_from_index(0, table.height)
    return [found.get(path, absent).alias(path) for path in paths]


def _codes(filled: Filled) -> dict[str, dict[str, str]]:
    """Return item path -> text in the file -> code, of the texts that are not their own code."""
    codes: dict[str, dict[str, str]] = {}
    if filled.codes is not None:
        for path, raw, code in filled.codes.select("item_path", "value_raw", "code").iter_rows():
            if code != raw.strip():
                codes.setdefault(path, {})[raw] = code
    return codes


_VALUES = ("value_num", "value_text", "value_date", "option")
#: Kinds of rows, in the order in which they stand.
_ONE, _WHOLE, _NUMBER, _DATE, _TEXT = range(5)


def long(read: Said, names: pl.DataFrame) -> pl.DataFrame:
    """Return one row per item and submission (or repetition), also for the unanswered.

    A select_multiple has one row per chosen option, and one row with the option ``__answered``. A select_one has its
    code in ``option`` and ``value_text``; ``value_raw`` stays what the file says, a label where it has labels.
    Rows stand by kind (chosen options right after the selects they are of), then as in the form.

    Args:
        read: The answers.
        names: ``__sub`` and what else is known of a submission, put beside each of its answers; submissions that it
            does not name are left out.
    """
    kinds: dict[int, list[pl.DataFrame]] = {}
    for repeat, items in read.items.items():
        levels = _levels(read, repeat, names)
        groups: dict[int, list[dict[str, Any]]] = {}
        for item in items:
            groups.setdefault(_kind(item["type"]), []).append(item)
        for kind, same in groups.items():
            kinds.setdefault(kind, []).append(_below_each_other(levels, read.filled.headers, same))
    reasons = _reasons(read.filled.form)
    beside = names.drop(SUB).schema
    schema: Schema = {**LONG, **beside}
    parts = [pl.DataFrame(schema=schema)]
    for kind, stacks in sorted(kinds.items()):
        if kind == _WHOLE:
            parts += [_complete(rows, option=pl.lit(ANSWERED)) for rows in stacks]
            parts += [_options(rows, reasons) for rows in stacks]
        else:
            parts += [_typed(kind, rows, reasons) for rows in stacks]
    # one chunk: with several, each of the steps that follow would copy all columns
    return pl.concat([part.select(*schema) for part in parts], rechunk=True)


@dataclass(frozen=True)
class _Levels:
    """The rows of one repeat: index with names, columns as in the file, without padding, and as codes."""

    index: pl.DataFrame
    table: pl.DataFrame
    cells: pl.DataFrame
    answers: pl.DataFrame


def _levels(read: Said, repeat: str, names: pl.DataFrame) -> _Levels:
    found = read.filled.tables[repeat], read.cells[repeat], read.answers[repeat]
    is_named = found[0][SUB].is_in(names[SUB].implode())
    table, cells, coded = found if is_named.all() else (frame.filter(is_named) for frame in found)
    index = table.select(*INDEX).join(names, on=SUB, how="left", maintain_order="left")
    return _Levels(index, table, cells, coded)


def _kind(kind: str) -> int:
    if kind in (SELECT_ONE, SELECT_MULTIPLE):
        return _ONE if kind == SELECT_ONE else _WHOLE
    return _NUMBER if kind in NUMBERS else _DATE if kind in _DATES else _TEXT


def _below_each_other(level: _Levels, headers: dict[str, str], items: list[dict[str, Any]]) -> pl.DataFrame:
    """Return one row per item and submission: index, item, the cell, the answer, and what a gap would mean."""
    n_rows, paths = level.table.height, [item["item_path"] for item in items]

    def same(texts: list[str | None]) -> pl.Series:
        return stacked([pl.Series([text], dtype=pl.String).new_from_index(0, n_rows) for text in texts])

    raw = stacked([level.table[path] if path in level.table.columns else level.cells[path] for path in paths])
    cell, answer = stacked(level.cells.select(paths).get_columns()), stacked(level.answers.select(paths).get_columns())
    is_gap = cell.is_null()
    gaps = same(["skipped" if item["relevant_expr"] is None else "not_relevant" for item in items])
    return (
        pl.concat([level.index] * len(items))
        .rechunk()
        .with_columns(
            item_id=same([item["item_id"] for item in items]),
            item_path_raw=same([headers.get(path) for path in paths]),
            value_raw=raw if raw.null_count() == cell.null_count() else raw.set(is_gap, None),
            answer=answer,
            missing_code=gaps.set(~is_gap, None),
            list=same([item["list"] for item in items]),
            is_calculated=stacked(
                [pl.Series([item["type"] == _CALCULATE]).new_from_index(0, n_rows) for item in items]
            ),
        )
    )


def stacked(columns: list[pl.Series]) -> pl.Series:
    """Return columns of one type below each other."""
    return pl.concat([column.alias("") for column in columns]).rechunk()


def _typed(kind: int, rows: pl.DataFrame, reasons: dict[str, dict[str, str]]) -> pl.DataFrame:
    said = pl.col("answer")
    if kind == _ONE:
        return _complete(_reasoned(rows, said, reasons), option=said, value_text=said)
    if kind == _NUMBER:
        return _parsed(rows, "value_num", values.numbers(rows["answer"], thousands=False))
    if kind == _DATE:
        return _parsed(rows, "value_date", values.local_date(said))
    calculated = rows["is_calculated"]
    if not calculated.any():
        return _complete(rows, value_text=said)
    number = values.numbers(rows["answer"].set(~calculated, None), thousands=False)
    return _complete(rows, value_text=said, value_num=number)


def _reasons(form: Form) -> dict[str, dict[str, str]]:
    """Return list -> code -> reason, of the choices that say why there is no answer: don't know, refused."""
    found: dict[str, dict[str, str]] = {}
    coded = form.choices.filter(pl.col("missing_code").is_not_null())
    for name, code, reason in coded.select("list", "code", "missing_code").iter_rows():
        found.setdefault(name, {})[code] = reason
    return found


def _reasoned(rows: pl.DataFrame, option: pl.Expr, reasons: dict[str, dict[str, str]]) -> pl.DataFrame:
    """Say why there is no answer where the chosen option says so."""
    here = set(rows["list"].unique()) if reasons else set()
    for name, given in ((name, given) for name, given in reasons.items() if name in here):
        of_list = pl.when(pl.col("list") == name).then(option)
        told = of_list.replace_strict(given, default=None, return_dtype=pl.String)
        rows = rows.with_columns(missing_code=pl.coalesce("missing_code", told))
    return rows


def _options(rows: pl.DataFrame, reasons: dict[str, dict[str, str]]) -> pl.DataFrame:
    """Return a row for each chosen option; each distinct answer is taken apart once."""
    apart = chosen(rows["answer"]).explode("option").filter(pl.col("option") != "")
    each = rows.join(apart, on="answer", maintain_order="left_right")
    each = each.with_columns(value_raw="option", answer="option")
    option = pl.col("option")
    return _complete(_reasoned(each, option, reasons), option=option, value_text=option)


def chosen(answers: pl.Series) -> pl.DataFrame:
    """Return each distinct answer to a select_multiple with its options in ABC order: answer, option (a list)."""
    distinct = answers.drop_nulls().unique().alias("answer").to_frame()
    return distinct.with_columns(option=pl.col("answer").str.split(" ").list.unique().list.sort())


def _complete(rows: pl.DataFrame, **columns: pl.Expr | pl.Series) -> pl.DataFrame:
    """Return the rows with these columns; of what an answer can be, the others are null."""
    blank = {name: pl.lit(None, LONG[name]) for name in _VALUES if name not in columns}
    return rows.with_columns(**columns, **blank)


def _parsed(rows: pl.DataFrame, column: str, typed: pl.Expr | pl.Series) -> pl.DataFrame:
    rows = _complete(rows, **{column: typed})
    unread = pl.col(column).is_null() & pl.col("answer").is_not_null()
    return rows.with_columns(missing_code=pl.when(unread).then(pl.lit("parse_error")).otherwise("missing_code"))
