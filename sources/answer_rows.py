"""Answers in columns to one row per answer, typed, with the reason of every missing one: shared by all survey tools.

Columns stay columns as long as possible. All questions of a kind and of all payloads that are read together are typed
in one go, below each other (``stacks``); what is the same for a whole column is put beside it last, payload by payload,
from slices that copy nothing (``rows``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from melflow.sources import values
from melflow.sources.answers import ANSWERED, INDEX, NUMBERS, SUB, Said, chosen, stacked
from melflow.sources.canonical import Schema
from melflow.sources.formlogic import Judged, Truths
from melflow.sources.formrows import SELECT_MULTIPLE, SELECT_ONE
from melflow.sources.xlsform import Form

_DATES = ("date", "today", "dateTime", "start", "end")
_CALCULATE = "calculate"
AT = "at"  # number of the cell that a row is made of, in its stack

#: Columns of ``rows`` besides those of ``INDEX`` and the names of submissions.
LONG: Schema = {
    "item_id": pl.String,
    "item_path_raw": pl.String,
    "value_raw": pl.String,
    "value_num": pl.Float64,
    "value_text": pl.String,
    "value_date": pl.Date,
    "option": pl.String,
    "missing_code": pl.String,
    "is_relevant": pl.Boolean,
    "is_allowed": pl.Boolean,
}
#: Kinds of rows, in the order in which they stand.
_ONE, _WHOLE, _OPTIONS, _NUMBER, _DATE, _TEXT = range(6)
_VALUES = ("value_num", "value_text", "value_date", "option")
_DIFFER = list(LONG)[2:]

#: list -> code -> reason why there is no answer.
Reasons = dict[str, dict[str, str]]


@dataclass(frozen=True)
class Stack:
    """Questions of one kind below each other.

    Attributes:
        values: The columns of ``LONG`` that differ from row to row; of chosen options also ``at``, ascending.
        subs: Number of the submission of each row of one question.
        index: What else is known of them: the columns of ``INDEX`` and the names of the submissions.
        asked: item_id and item_path_raw of the questions.
    """

    values: pl.DataFrame
    subs: pl.Series
    index: pl.DataFrame
    asked: pl.DataFrame

    def rows(self, start: int, end: int) -> pl.DataFrame:
        """Return the rows that come of the rows from ``start`` to ``end`` of each question."""
        n_rows, n_items = self.index.height, self.asked.height
        if AT in self.values.columns:
            told = self._options(start, end)
            at = told[AT].to_numpy()
            n_rows = max(n_rows, 1)
            return _beside(self.index[at % n_rows], self.asked[at // n_rows], told.drop(AT))
        asked = self.asked[np.repeat(np.arange(n_items), end - start)]
        told = self.values
        if end - start < n_rows:
            told = pl.concat([told.slice(item * n_rows + start, end - start) for item in range(n_items)])
        return _beside(pl.concat([self.index.slice(start, end - start)] * n_items), asked, told)

    def _options(self, start: int, end: int) -> pl.DataFrame:
        if end - start == self.index.height:
            return self.values
        firsts = np.arange(self.asked.height) * self.index.height
        among = self.values[AT].to_numpy()
        cuts = zip(np.searchsorted(among, firsts + start), np.searchsorted(among, firsts + end), strict=True)
        return pl.concat([self.values.slice(int(first), int(last - first)) for first, last in cuts])


def _beside(*parts: pl.DataFrame) -> pl.DataFrame:
    return pl.concat(parts, how="horizontal")


def stacks(read: Said, names: pl.DataFrame, judged: Judged) -> list[Stack]:
    """Return the answers by kind, in the order in which rows stand: as in the form, chosen options after their selects.

    A select_multiple has one row per chosen option, and one row with the option ``__answered``. A select_one has its
    code in ``option`` and ``value_text``; ``value_raw`` stays what the file says, a label where it has labels.

    Args:
        read: The answers.
        names: ``__sub`` and what else is known of every submission, put beside each of its answers.
        judged: What the form's logic says of the answers.
    """
    kinds: dict[int, list[Stack]] = {}
    reasons = _reasons(read.filled.form)
    for repeat, items in read.items.items():
        index = read.filled.tables[repeat].select(*INDEX).join(names, on=SUB, how="left", maintain_order="left")
        subs = index.drop_in_place(SUB)
        groups: dict[int, list[dict[str, Any]]] = {}
        for item in items:
            groups.setdefault(_kind(item["type"]), []).append(item)
        for kind, same in groups.items():
            asked = _asked(read, same)
            cells = _below_each_other(read, repeat, same, judged.get(repeat, {}))
            kinds.setdefault(kind, []).append(Stack(_typed(kind, cells, same, reasons), subs, index, asked))
            if kind == _WHOLE:
                kinds.setdefault(_OPTIONS, []).append(Stack(_options(cells, same, reasons), subs, index, asked))
    return [stack for _, found in sorted(kinds.items()) for stack in found]


def without_same(stacks: list[Stack]) -> tuple[list[Stack], dict[str, str | None]]:
    """Take the columns of an index that say the same on every row out of it, and return what they say.

    A survey without repeats, of one version of its form, on one sheet: a third of all there is to copy.
    """
    if not stacks or stacks[0].index.is_empty():
        return stacks, {}
    same: dict[str, str | None] = stacks[0].index.select(pl.col(pl.String)).row(0, named=True)
    for index in {id(stack.index): stack.index for stack in stacks}.values():
        differs = index.select(pl.col(name).ne_missing(pl.lit(said, pl.String)).any() for name, said in same.items())
        same = {name: said for name, said in same.items() if not differs[name].item()}
    return [replace(stack, index=stack.index.drop(same)) for stack in stacks], same


def rows(stacks: Sequence[Stack], cuts: Sequence[Sequence[int]], number: int) -> pl.DataFrame:
    """Return one row per question and submission (or repetition), also for the unanswered, of one payload.

    Args:
        stacks: The answers by kind.
        cuts: For each of them, the row at which each payload starts, and the last ends.
        number: Of the payload.
    """
    parts = [stack.rows(starts[number], starts[number + 1]) for stack, starts in zip(stacks, cuts, strict=True)]
    # one chunk: with several, each of the steps that follow would copy all columns
    return pl.concat(parts, rechunk=True) if parts else pl.DataFrame()


def _kind(kind: str) -> int:
    if kind in (SELECT_ONE, SELECT_MULTIPLE):
        return _ONE if kind == SELECT_ONE else _WHOLE
    return _NUMBER if kind in NUMBERS else _DATE if kind in _DATES else _TEXT


def _asked(read: Said, items: list[dict[str, Any]]) -> pl.DataFrame:
    headers = [read.filled.headers.get(item["item_path"]) for item in items]
    schema = {"item_id": pl.String, "item_path_raw": pl.String}
    return pl.DataFrame({"item_id": [item["item_id"] for item in items], "item_path_raw": headers}, schema=schema)


def _below_each_other(
    read: Said, repeat: str, items: list[dict[str, Any]], judged: Mapping[str, tuple[Truths, Truths]]
) -> pl.DataFrame:
    """Return the cell and the answer of each question and row, what a gap means, and what the form's logic says."""
    table, cells, coded = read.filled.tables[repeat], read.cells[repeat], read.answers[repeat]
    paths = [item["item_path"] for item in items]
    cell = stacked(cells.select(paths).get_columns())
    there = [path for path in paths if path in table.columns]
    is_bare = _n_bytes(table.select(there)) == _n_bytes(cells.select(there))
    raw = cell if is_bare else stacked([table[path] if path in there else cells[path] for path in paths])
    answer = cell if coded is cells else stacked(coded.select(paths).get_columns())
    n_gaps = cell.null_count()
    told = pl.DataFrame({"value_raw": raw if raw.null_count() == n_gaps else raw.set(cell.is_null(), None)})
    told = told.with_columns(answer=answer, missing_code=_gaps(cell, items) if n_gaps else pl.lit(None, pl.String))
    told = told.with_columns(pl.lit(None, pl.Boolean).alias(name) for name in ("is_relevant", "is_allowed"))
    said = [judged.get(item["item_id"], (None, None)) for item in items]
    if any(relevant is not None for relevant, _ in said):
        by_form = pl.when("is_relevant").then(pl.lit("skipped")).otherwise(pl.lit("not_relevant"))
        is_gap = pl.col("missing_code").is_not_null() & pl.col("answer").is_null() & pl.col("is_relevant").is_not_null()
        told = told.with_columns(is_relevant=_truths([relevant for relevant, _ in said], table.height))
        told = told.with_columns(missing_code=pl.when(is_gap).then(by_form).otherwise("missing_code"))
    if any(allowed is not None for _, allowed in said):
        allowed = pl.when(pl.col("answer").is_not_null()).then(_truths([one for _, one in said], table.height))
        told = told.with_columns(is_allowed=allowed)
    return told


def _n_bytes(texts: pl.DataFrame) -> int:
    """Return how long all texts are together: where nothing was taken off them, they are what they were."""
    return sum(texts.select(pl.all().str.len_bytes().cast(pl.Int64).sum()).row(0)) if texts.width else 0


def _gaps(cell: pl.Series, items: list[dict[str, Any]]) -> pl.Series:
    """Return what a missing answer means as long as the form's logic says nothing of it."""
    gaps = ["skipped" if item["relevant_expr"] is None else "not_relevant" for item in items]
    n_rows = cell.len() // len(items)
    reason = pl.lit(gaps[0]) if len(set(gaps)) == 1 else pl.lit(_each(gaps, n_rows))
    return cell.to_frame("cell").select(pl.when(pl.col("cell").is_null()).then(reason)).to_series()


def _each(texts: list[str], n_rows: int) -> pl.Series:
    """Return each text so many times, one after the other."""
    return pl.Series(texts, dtype=pl.String)[np.repeat(np.arange(len(texts)), n_rows)]


def _truths(found: list[Truths], n_rows: int) -> pl.Series:
    unknown = pl.Series([None], dtype=pl.Boolean).new_from_index(0, n_rows)
    return stacked([unknown if one is None else one for one in found])


def _typed(kind: int, cells: pl.DataFrame, items: list[dict[str, Any]], reasons: Reasons) -> pl.DataFrame:
    """Return the answers with what they are: a code, a number, a day, a text."""
    said, n_rows = cells["answer"], cells.height // len(items)
    if kind == _ONE:
        return _complete(_reasoned(cells, items, reasons, n_rows), option=said, value_text=said)
    if kind == _WHOLE:
        return _complete(cells, option=pl.lit(ANSWERED))
    if kind == _NUMBER:
        return _parsed(cells, value_num=values.numbers(said, thousands=False))
    if kind == _DATE:
        return _parsed(cells, value_date=cells.select(values.local_date(pl.col("answer"))).to_series())
    is_calculated = np.repeat([item["type"] == _CALCULATE for item in items], n_rows)
    if not is_calculated.any():
        return _complete(cells, value_text=said)
    number = values.numbers(said.set(pl.Series(~is_calculated), None), thousands=False)
    return _complete(cells, value_text=said, value_num=number)


def _options(cells: pl.DataFrame, items: list[dict[str, Any]], reasons: Reasons) -> pl.DataFrame:
    """Return a row for each chosen option; each distinct answer is taken apart once."""
    apart = chosen(cells["answer"]).explode("option").filter(pl.col("option") != "")
    each = cells.with_row_index(AT).join(apart, on="answer", maintain_order="left_right")
    each = each.with_columns(value_raw="option", answer="option", is_allowed=pl.lit(None, pl.Boolean))
    told = _reasoned(each, items, reasons, cells.height // len(items))
    return _complete(told, option=each["option"], value_text=each["option"])


def _reasons(form: Form) -> Reasons:
    """Return list -> code -> reason, of the choices that say why there is no answer: don't know, refused."""
    found: Reasons = {}
    coded = form.choices.filter(pl.col("missing_code").is_not_null())
    for name, code, reason in coded.select("list", "code", "missing_code").iter_rows():
        found.setdefault(name, {})[code] = reason
    return found


def _reasoned(cells: pl.DataFrame, items: list[dict[str, Any]], reasons: Reasons, n_rows: int) -> pl.DataFrame:
    """Say why there is no answer where the chosen option says so; the cells of a question are ``n_rows``."""
    here = {item["list"] for item in items} & reasons.keys()
    if not here:
        return cells
    lists = pl.Series([item["list"] for item in items], dtype=pl.String)
    at = cells[AT].to_numpy() if AT in cells.columns else np.arange(cells.height)
    of = lists[at // max(n_rows, 1)]
    for name in sorted(here):
        of_list = pl.when(of == name).then("answer")
        told = of_list.replace_strict(reasons[name], default=None, return_dtype=pl.String)
        cells = cells.with_columns(missing_code=pl.coalesce("missing_code", told))
    return cells


def _complete(cells: pl.DataFrame, **columns: pl.Expr | pl.Series) -> pl.DataFrame:
    """Return the rows with these columns; of what an answer can be, the others are null."""
    blank = {name: pl.lit(None, LONG[name]) for name in _VALUES if name not in columns}
    at = [AT] if AT in cells.columns else []
    return cells.with_columns(**columns, **blank).select(*at, *_DIFFER)


def _parsed(cells: pl.DataFrame, **typed: pl.Series) -> pl.DataFrame:
    (found,) = typed.values()
    unread = found.is_null() & cells["answer"].is_not_null()
    if unread.any():
        cells = cells.with_columns(missing_code=pl.when(unread).then(pl.lit("parse_error")).otherwise("missing_code"))
    return _complete(cells, **typed)
