"""Known errors on their way through one payload: applied to texts before anything is read from them.

So a corrected value is typed, coded and checked like any other, rows keep their numbers, and landing keeps what came.
What a correction met is remembered without values: ``applied``; ``fixed``, the place says already what it should; or
``unsure``, it says something else. An unsure row is held, for nobody has judged what it says now; the others flow.
Among several rows that a key names, the one with the expected value is meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import polars as pl

from melflow.core.names import fold
from melflow.sources.answers import REPEAT, SHEET, SUB, Filled
from melflow.sources.tables import ROW, Cells, Sheet, Tables

if TYPE_CHECKING:
    from melflow.core.workspace.corrections import Correction
    from melflow.sources import filled_rows

APPLIED, FIXED, UNSURE = "applied", "fixed", "unsure"
#: One row per row of the payload that a correction met, and per canonical row made of it.
MET: dict[str, Any] = {
    "number": pl.Int64,  # of the correction in its file, from 1
    "action": pl.String,
    "state": pl.String,
    "source_sheet": pl.String,
    "source_row": pl.Int64,
    "item_id": pl.String,
    "native_id": pl.String,
    "row_id": pl.String,  # null for a row that was left out, or that came again unchanged
}
_IDS = ("uuid", "root_uuid", "native_id")
_MIDNIGHT = " 00:00:00"
Place = tuple[int, str | None, int, str | None]  # number of the correction, sheet, row, item


def meets(correction: Correction, seen: str | None) -> str:
    """Return what becomes of a place that says ``seen``."""
    if _same(seen, correction.expected) or (correction.action == "drop" and correction.expected is None):
        return APPLIED
    if correction.action != "drop" and _same(seen, correction.value):
        return FIXED
    return UNSURE


class Corrector:
    """The corrections that may concern one payload, and what they met in it.

    Args:
        file: Origin of the payload.
        corrections: All of its source.
    """

    def __init__(self, file: str, corrections: Sequence[Correction]) -> None:
        self._mine = [
            (number, one)
            for number, one in enumerate(corrections, 1)
            if one.file is None or fnmatchcase(file, one.file)
        ]
        self._met: dict[Place, tuple[str, str | None]] = {}

    def tables(self, tables: Tables) -> Tables:
        """Return the tables with their cells corrected when they are read."""
        of_cells = [(number, one) for number, one in self._mine if one.cell]
        sheets = []
        for sheet in tables.sheets:
            cells = {_coordinates(one.cell or ""): (n, one) for n, one in of_cells if (one.sheet or "") == sheet.name}
            sheets.append(Sheet(sheet.name, CorrectedCells(sheet, cells, self)) if cells else sheet)
        return replace(tables, sheets=tuple(sheets), corrector=self)

    def rows(
        self, sheet: str | None, rows: pl.DataFrame, headers: Mapping[str, str | None]
    ) -> tuple[pl.DataFrame, set[tuple[int, str]], int]:
        """Correct rows of a table that a key names, and leave out what is to be dropped.

        Args:
            sheet: Name of the sheet; None where there is none.
            rows: ``__row``, and a text column per meaning.
            headers: What stands above each meaning.

        Returns:
            The rows, (row, meaning) of what was changed, and how many were left out.
        """
        meanings = {fold(text): meaning for meaning, text in headers.items() if text}
        meanings |= {fold(meaning): meaning for meaning in headers}
        changed: set[tuple[int, str]] = set()
        for number, one in self._mine:
            wanted = {meanings.get(fold(name)): text for name, text in (one.key or {}).items()}
            column = meanings.get(fold(one.column)) if one.column else None
            if not wanted or None in wanted or (one.column and column is None):
                continue
            found = _matching(rows, {str(name): text for name, text in wanted.items()})
            seen = {row: found[column][place] if column else None for place, row in enumerate(found[ROW])}
            for row in self._judge(number, one, sheet, seen):
                if column and one.action != "drop":
                    rows = _put(rows, pl.col(ROW) == row, column, one.value)
                    changed.add((row, column))
        dropped = self._dropped(sheet)
        kept = rows.filter(~pl.col(ROW).is_in(list(dropped))) if dropped else rows
        return kept, changed, rows.height - kept.height

    def filled(self, filled: list[Filled], meta: pl.DataFrame) -> tuple[list[Filled], pl.DataFrame]:
        """Correct answers of submissions, and leave out what is to be dropped.

        Args:
            filled: Answers, by form version.
            meta: What is known of each submission (``survey.META``).
        """
        for number, one in self._mine:
            if one.submission is None:
                continue
            wanted = one.submission.removeprefix("uuid:")
            named = meta.filter(pl.any_horizontal(pl.col(name) == wanted for name in _IDS))
            subs = {sub: rest for sub, *rest in named.select(SUB, SHEET, ROW, "native_id").iter_rows()}
            if one.item is None:
                for sheet, row, native in subs.values():
                    self._meet((number, sheet, row, None), APPLIED, native)
            else:
                filled = [self._answers(number, one, each, subs) for each in filled]
        gone = pl.DataFrame(
            [(sheet, row) for (number, sheet, row, _), (state, _) in self._met.items() if self._drops(number, state)],
            schema={SHEET: pl.String, ROW: pl.Int64}, orient="row",
        )  # fmt: skip
        if gone.is_empty():
            return filled, meta
        kept = meta.join(gone, on=[SHEET, ROW], how="anti", nulls_equal=True, maintain_order="left")
        return [
            replace(one, tables={path: frame.filter(pl.col(SUB).is_in(kept[SUB].implode()))
                                 for path, frame in one.tables.items()})
            for one in filled
        ], kept  # fmt: skip

    def met(self, frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
        """Return what the corrections met (``MET``), tied to the canonical rows made of it."""
        actions = {number: one.action for number, one in self._mine}
        rows = [
            (number, actions[number], state, sheet, row, item, native)
            for (number, sheet, row, item), (state, native) in self._met.items()
        ]
        met = pl.DataFrame(rows, schema={name: MET[name] for name in MET if name != "row_id"}, orient="row")
        if met.is_empty():
            return pl.DataFrame(schema=MET)
        place = ["source_sheet", "source_row"]
        made = [pl.DataFrame(schema={"row_id": pl.String, "source_sheet": pl.String, "source_row": pl.Int64,
                                     "item_id": pl.String})]  # fmt: skip
        for table, frame in frames.items():
            item = pl.col("item_id") if table == "src_response" else pl.lit(None, pl.String).alias("item_id")
            made.append(frame.select("row_id", *place, item))
        return met.join(pl.concat(made), on=[*place, "item_id"], how="left", nulls_equal=True).select(list(MET))

    def cell(self, number: int, one: Correction, sheet: str, row: int, seen: str | None) -> bool:
        """Judge a cell; return whether it is to be replaced. Asked again, the answer is the same."""
        return bool(self._judge(number, one, sheet or None, {row: seen})) and one.action != "drop"

    def _answers(self, number: int, one: Correction, filled: Filled, subs: Mapping[int, list[Any]]) -> Filled:
        tables = dict(filled.tables)
        for item_id, path in filled.form.items.select("item_id", "item_path").iter_rows():
            if one.item not in (item_id, path, path.rpartition("/")[2]):
                continue
            for repeat, frame in filled.tables.items():
                if path not in frame.columns:
                    continue
                is_meant = pl.col(SUB).is_in(list(subs)) & (pl.col(REPEAT) == (one.repeat or ""))
                for sub, sheet, row, seen in frame.filter(is_meant).select(SUB, SHEET, ROW, path).iter_rows():
                    state = meets(one, seen)
                    where, line, native_id = subs[sub]
                    place = (where, line, None) if one.action == "drop" else (sheet, row, item_id)
                    self._meet((number, *place), state, native_id)
                    if state == APPLIED and one.action != "drop":
                        tables[repeat] = _put(tables[repeat], is_meant & (pl.col(SUB) == sub), path, one.value)
        return replace(filled, tables=tables)

    def _judge(self, number: int, one: Correction, sheet: str | None, seen: Mapping[int, str | None]) -> list[int]:
        """Remember what the rows of a key say; return those that the correction is applied to."""
        states = {row: meets(one, text) for row, text in seen.items()}
        applied = [row for row, state in states.items() if state == APPLIED]
        for row, state in states.items():
            if state == APPLIED or not applied:
                self._meet((number, sheet, row, None), state, None)
        return applied

    def _meet(self, place: Place, state: str, native_id: str | None) -> None:
        self._met.setdefault(place, (state, native_id))

    def _drops(self, number: int, state: str) -> bool:
        return state == APPLIED and any(one.action == "drop" for n, one in self._mine if n == number)

    def _dropped(self, sheet: str | None) -> set[int]:
        return {row for (n, where, row, _), (state, _) in self._met.items() if where == sheet and self._drops(n, state)}


class CorrectedCells:
    """A sheet that is read with the corrections of its cells.

    Args:
        sheet: The sheet as it is.
        cells: (row from 1, column from 0) -> number of the correction, and the correction.
        corrector: Remembers what was met.
    """

    def __init__(
        self, sheet: Sheet, cells: Mapping[tuple[int, int], tuple[int, Correction]], corrector: Corrector
    ) -> None:
        self._sheet, self._cells, self._corrector = sheet, cells, corrector
        self.corrected: set[tuple[int, int]] = set()

    @property
    def hidden(self) -> bool:
        """Whether the workbook hides the sheet."""
        return self._sheet.source.hidden

    @property
    def reader(self) -> str:
        """Who read the sheet."""
        return self._sheet.source.reader

    @property
    def plain(self) -> Sheet:
        """The sheet as it came."""
        return self._sheet

    def filled(self, read: filled_rows.Read) -> filled_rows.Filled | None:
        """Count the rows that have something in them as they came."""
        return self._sheet.source.filled(read)

    def head(self, n_rows: int) -> pl.DataFrame:
        """Return the first rows, or more."""
        return self._corrected(self._sheet.source.head(n_rows))

    def read(self, last: int | None = None) -> pl.DataFrame:
        """Return all rows, of the columns up to ``last`` where that is given."""
        return self._corrected(self._sheet.source.read(last))

    def _corrected(self, frame: pl.DataFrame) -> pl.DataFrame:
        for (row, column), (number, one) in self._cells.items():
            if row > frame.height or column >= frame.width:
                continue
            name = frame.columns[column]
            if self._corrector.cell(number, one, self._sheet.name, row, frame[name][row - 1]):
                frame = _put(frame, pl.int_range(pl.len()) == row - 1, name, one.value)
                self.corrected.add((row, column))
        return frame


def corrected(cells: Cells) -> set[tuple[int, int]]:
    """Return the cells of a sheet that corrections replaced: what the workbook stores of them no longer counts."""
    return cells.corrected if isinstance(cells, CorrectedCells) else set()


def _put(frame: pl.DataFrame, where: pl.Expr, column: str, value: str | None) -> pl.DataFrame:
    return frame.with_columns(pl.when(where).then(pl.lit(value, pl.String)).otherwise(column).alias(column))


def _matching(rows: pl.DataFrame, wanted: Mapping[str, str]) -> pl.DataFrame:
    """Return the rows in which each column says what is wanted; few are left after the first column."""
    for name, text in wanted.items():
        distinct = [seen for seen in rows[name].drop_nulls().unique() if _same(seen, text)]
        rows = rows.filter(pl.col(name).is_in(distinct))
    return rows


def _same(seen: str | None, told: str | None) -> bool:
    """Return whether a cell says what somebody wrote down: the same text, number or day, blank for nothing."""
    one, other = (seen or "").strip().removesuffix(_MIDNIGHT), (told or "").strip().removesuffix(_MIDNIGHT)
    if one == other:
        return True
    try:
        return float(one) == float(other)
    except ValueError:
        return False


def _coordinates(cell: str) -> tuple[int, int]:
    """Return (row from 1, column from 0) of a reference such as D7."""
    letters, digits = re.fullmatch(r"([A-Z]+)(\d+)", cell).groups()  # type: ignore[union-attr]  # the model's pattern
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return int(digits), column - 1


def unsure(met: Iterable[pl.DataFrame]) -> set[str]:
    """Return the row_id of rows that a correction expected to say something else."""
    return {row_id for frame in met for row_id in frame.filter(state=UNSURE)["row_id"].drop_nulls()}
