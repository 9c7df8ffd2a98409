"""Answers in columns to one row per answer, typed, with the reason of every missing one: shared by all survey tools."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from melflow.sources import values
from melflow.sources.formrows import SELECT_MULTIPLE, SELECT_ONE
from melflow.sources.tables import ROW
from melflow.sources.xlsform import Form

SUB, REPEAT, SHEET = "__sub", "__repeat", "__sheet"
INDEX = {SUB: pl.UInt32, REPEAT: pl.String, ROW: pl.Int64, SHEET: pl.String}
ANSWERED = "__answered"
_NUMBERS = ("integer", "decimal", "range")
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
    """
    form = filled.form
    rows = _unpivoted(filled)
    if filled.codes is not None:
        rows = rows.join(filled.codes, on=["item_path", "value_raw"], how="left")
        rows = rows.with_columns(answer=pl.coalesce("code", "answer")).drop("code")
    answer, kind = pl.col("answer"), pl.col("type")
    reasons = form.choices.select("list", option="code", reason="missing_code").drop_nulls()
    selects = pl.concat(
        [rows.filter(kind == SELECT_ONE).with_columns(option=answer, value_text=answer), *_multiple(rows)],
        how="diagonal",
    ).join(reasons, on=["list", "option"], how="left")
    calculated = values.number(pl.when(kind == "calculate").then(answer), thousands=False)
    parts = [
        selects.with_columns(missing_code=pl.coalesce("missing_code", "reason")),
        _parsed(rows.filter(kind.is_in(_NUMBERS)), "value_num", values.number(answer, thousands=False)),
        _parsed(rows.filter(kind.is_in(_DATES)), "value_date", values.local_date(answer)),
        rows.filter(~kind.is_in([*_NUMBERS, *_DATES, SELECT_ONE, SELECT_MULTIPLE])).with_columns(
            value_text=answer, value_num=calculated
        ),
    ]
    return pl.concat([pl.DataFrame(schema=LONG), *(part.select(_present(part)) for part in parts)], how="diagonal")


def _present(frame: pl.DataFrame) -> list[str]:
    return [name for name in LONG if name in frame.columns]


def _unpivoted(filled: Filled) -> pl.DataFrame:
    items = filled.form.items.select("item_id", "item_path", "type", "list", "role", "relevant_expr", "order_no")
    paths = dict(filled.form.items.group_by("repeat_path").agg("item_path").iter_rows())
    parts = [pl.DataFrame(schema={**INDEX, "item_path": pl.String, "value_raw": pl.String})]
    for repeat, table in filled.tables.items():
        absent = [pl.lit(None, pl.String).alias(path) for path in paths.get(repeat, []) if path not in table.columns]
        wide = table.with_columns(*absent).select(*INDEX, *paths.get(repeat, []))
        parts.append(
            wide.unpivot(paths.get(repeat, []), index=list(INDEX), variable_name="item_path", value_name="value_raw")
        )
    headers = pl.DataFrame(
        list(filled.headers.items()), schema={"item_path": pl.String, "item_path_raw": pl.String}, orient="row"
    )
    items = items.join(headers, on="item_path", how="left")
    skipped = pl.when(pl.col("relevant_expr").is_null()).then(pl.lit("skipped")).otherwise(pl.lit("not_relevant"))
    return (
        pl.concat(parts)
        .join(items, on="item_path")
        .with_columns(answer=values.filled(pl.col("value_raw")))
        .with_columns(
            value_raw=pl.when(pl.col("answer").is_not_null()).then("value_raw"),
            missing_code=pl.when(pl.col("answer").is_null()).then(skipped),
        )
    )


def _parsed(rows: pl.DataFrame, column: str, typed: pl.Expr) -> pl.DataFrame:
    unread = pl.col(column).is_null() & pl.col("answer").is_not_null()
    return rows.with_columns(typed.alias(column)).with_columns(
        missing_code=pl.when(unread).then(pl.lit("parse_error")).otherwise("missing_code")
    )


def _multiple(rows: pl.DataFrame) -> list[pl.DataFrame]:
    many = rows.filter(pl.col("type") == SELECT_MULTIPLE)
    codes = pl.col("answer").str.split(" ").list.unique().list.sort()
    # answers repeat, so that each distinct one is taken apart once
    distinct = many.select("answer").drop_nulls().unique()
    distinct = distinct.with_columns(option=codes).explode("option").filter(pl.col("option") != "")
    options = many.join(distinct, on="answer", maintain_order="left_right").with_columns(
        value_raw="option", value_text="option", answer="option"
    )
    return [many.with_columns(option=pl.lit(ANSWERED)), options]


def content(rows: pl.DataFrame) -> pl.DataFrame:
    """Return ``__sub`` and ``content_hash``: a hash over the answers of each submission, not over ids and times.

    The same answers give the same hash whether the file has codes or labels, and in whatever order options stand.
    """
    answered = rows.filter(
        pl.col("answer").is_not_null() & (pl.col("option").is_null() | (pl.col("option") != ANSWERED))
    )
    keys = answered.select(SUB, key=values.joined("item_id", REPEAT, "answer"))
    keys = keys.group_by(SUB).agg(pl.col("key").str.join("\x1d"))  # rows are in the order of the form
    return keys.select(SUB, content_hash=pl.col("key").map_batches(values.digest, return_dtype=pl.String))
