"""Answers in columns to one row per answer, typed, with the reason of every missing one: shared by all survey tools."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import polars as pl

from melflow.sources import values
from melflow.sources.formrows import SELECT_MULTIPLE, SELECT_ONE
from melflow.sources.tables import ROW
from melflow.sources.xlsform import Form

SUB, REPEAT, SHEET = "__sub", "__repeat", "__sheet"
INDEX = {SUB: pl.UInt32, REPEAT: pl.String, ROW: pl.Int64, SHEET: pl.String}
ANSWERED = "__answered"
_NUMBERS = ("integer", "decimal", "range")
_EXACT = 1e15  # numbers with more digits are not told apart any more
_DATES = ("date", "today", "dateTime", "start", "end")

#: Columns of ``long``: the response, its item's role and order, and ``answer``, the text without label or padding.
LONG = {
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
    "role": pl.String,
    "order_no": pl.Int64,
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


def long(filled: Filled) -> pl.DataFrame:
    """Return one row per item and submission (or repetition), also for the unanswered.

    A select_multiple has one row per chosen option, and one row with the option ``__answered``. A select_one has its
    code in ``option`` and ``value_text``; ``value_raw`` stays what the file says, a label where it has labels.

    Columns are read one by one, each by the rule of its question, and put below each other at the end: this is several
    times faster than to make rows of all cells first and to ask each row what it is.
    """
    reader = _Reader(filled)
    parts = [part for repeat, table in filled.tables.items() for part in reader.parts(repeat, table)]
    # chosen options come last of the selects, so that rows stand by kind, then as in the form
    ordered = sorted(parts, key=lambda part: part[0])
    return pl.concat([pl.LazyFrame(schema=LONG), *(frame for _, frame in ordered)]).collect()


_VALUES = ("value_num", "value_text", "value_date", "option")
#: Order of the kinds of rows.
_ONE, _WHOLE, _OPTIONS, _NUMBER, _DATE, _TEXT = range(6)


class _Reader:
    """Turns the columns of one form version into rows."""

    def __init__(self, filled: Filled) -> None:
        self.headers = filled.headers
        self.items = filled.form.items.select(
            "item_id", "item_path", "repeat_path", "type", "list", "role", "relevant_expr", "order_no"
        ).to_dicts()
        coded = filled.form.choices.filter(pl.col("missing_code").is_not_null())
        self.reasons: dict[str, dict[str, str]] = {}
        for name, code, reason in coded.select("list", "code", "missing_code").iter_rows():
            self.reasons.setdefault(name, {})[code] = reason
        self.codes: dict[str, dict[str, str]] = {}
        if filled.codes is not None:
            for path, raw, code in filled.codes.select("item_path", "value_raw", "code").iter_rows():
                self.codes.setdefault(path, {})[raw] = code

    def parts(self, repeat: str, table: pl.DataFrame) -> list[tuple[int, pl.LazyFrame]]:
        """Return kind and rows of every item of a repeat; "" is the top."""
        own = [item for item in self.items if item["repeat_path"] == repeat]
        return [part for item in own for part in self._item(item, table)]

    def _item(self, item: dict[str, Any], table: pl.DataFrame) -> list[tuple[int, pl.LazyFrame]]:
        kind, path = item["type"], item["item_path"]
        raw = pl.col(path) if path in table.columns else pl.lit(None, pl.String)
        filled = values.filled(raw)
        codes = self.codes.get(path, {})
        answer = raw.replace_strict(codes, default=filled, return_dtype=pl.String) if codes else filled
        skipped = "skipped" if item["relevant_expr"] is None else "not_relevant"
        rows = table.lazy().select(
            *INDEX,
            item_id=pl.lit(item["item_id"]),
            item_path_raw=pl.lit(self.headers.get(path), pl.String),
            value_raw=pl.when(filled.is_not_null()).then(raw),
            missing_code=pl.when(filled.is_null()).then(pl.lit(skipped)),
            answer=answer,
            role=pl.lit(item["role"], pl.String),
            order_no=pl.lit(item["order_no"], pl.Int64),
        )
        said = pl.col("answer")
        if kind == SELECT_MULTIPLE:
            return [(_WHOLE, _complete(rows, option=pl.lit(ANSWERED))), (_OPTIONS, self._options(item, rows))]
        if kind == SELECT_ONE:
            return [(_ONE, _complete(self._reasoned(item, rows, said), option=said, value_text=said))]
        if kind in _NUMBERS:
            return [(_NUMBER, _parsed(rows, "value_num", values.number(said, thousands=False)))]
        if kind in _DATES:
            return [(_DATE, _parsed(rows, "value_date", values.local_date(said)))]
        number = {"value_num": values.number(said, thousands=False)} if kind == "calculate" else {}
        return [(_TEXT, _complete(rows, value_text=said, **number))]

    def _reasoned(self, item: dict[str, Any], rows: pl.LazyFrame, option: pl.Expr) -> pl.LazyFrame:
        """Say why there is no answer where the chosen option says so: don't know, refused."""
        reasons = self.reasons.get(item["list"] or "")
        if not reasons:
            return rows
        told = option.replace_strict(reasons, default=None, return_dtype=pl.String)
        return rows.with_columns(missing_code=pl.coalesce("missing_code", told))

    def _options(self, item: dict[str, Any], rows: pl.LazyFrame) -> pl.LazyFrame:
        """Return a row for each chosen option; each distinct answer is taken apart once."""
        distinct = rows.select("answer").drop_nulls().unique()
        codes = pl.col("answer").str.split(" ").list.unique().list.sort()
        apart = distinct.with_columns(option=codes).explode("option").filter(pl.col("option") != "")
        chosen = rows.join(apart, on="answer", maintain_order="left_right")
        chosen = chosen.with_columns(value_raw="option", answer="option")
        option = pl.col("option")
        return _complete(self._reasoned(item, chosen, option), option=option, value_text=option)


def _complete(rows: pl.LazyFrame, **columns: pl.Expr) -> pl.LazyFrame:
    """Return the rows with these columns; of what an answer can be, the others are null."""
    blank = {name: pl.lit(None, LONG[name]) for name in _VALUES if name not in columns}
    return rows.with_columns(**columns, **blank).select(*LONG)


def _parsed(rows: pl.LazyFrame, column: str, typed: pl.Expr) -> pl.LazyFrame:
    rows = _complete(rows, **{column: typed})
    unread = pl.col(column).is_null() & pl.col("answer").is_not_null()
    return rows.with_columns(missing_code=pl.when(unread).then(pl.lit("parse_error")).otherwise("missing_code"))


def content(rows: pl.DataFrame) -> pl.DataFrame:
    """Return ``__sub`` and ``content_hash``: a hash over the answers of each submission, not over ids and times.

    The same answers give the same hash whether the file has codes or labels, in whatever order options stand, and
    whether a number is written 4 or 4.0.
    """
    answered = rows.filter(
        pl.col("answer").is_not_null() & (pl.col("option").is_null() | (pl.col("option") != ANSWERED))
    )
    number = pl.col("value_num")
    said = pl.when(number.abs() < _EXACT).then(number.cast(pl.String)).otherwise("answer")
    said = said.str.replace_all("\x1f", "", literal=True)  # no value can imitate a border
    keys = answered.select(SUB, key=pl.concat_str("item_id", REPEAT, said, separator="\x1f"))
    keys = keys.group_by(SUB).agg(pl.col("key").str.join("\x1d"))  # rows are in the order of the form
    return keys.select(SUB, content_hash=pl.col("key").map_batches(values.digest, return_dtype=pl.String))
