"""The rows below a header: mapped columns by meaning, without totals and notes, errors and hidden rows cells."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import polars as pl

from melflow.core.names import fold
from melflow.sources import cell_marks, merged_cells, values
from melflow.sources.cell_marks import DATE, EMPTY, ERROR, Marks, column_letters
from melflow.sources.columns import Header
from melflow.sources.corrections import corrected
from melflow.sources.payload import COLUMNS, Notes
from melflow.sources.tables import ROW, Counted, Sheet, Tables

if TYPE_CHECKING:
    from melflow.core.workspace.source_base import TableSource

#: What stands in a cell whose formula was saved without its value; no number, so the checks hold the row.
WITHOUT_VALUE = "a formula without a stored value"
#: Key of the note that dates count from 1904.
FROM_1904 = "dates_from_1904"
_DAY_SIGNS = len("2024-12-31")
_SHOWN = 20  # cells of a sheet named in the notes


@dataclass(frozen=True)
class Body:
    """What lies below the header of a sheet.

    Attributes:
        rows: ``__row`` and one text column per meaning, white space gone and blank cells null.
        marks: What texts do not show; empty of a CSV file.
        counted: Rows with any text, as read and as counted beside the reader.
        totals: Numbers of the rows dropped because their first cell is one of the declared words.
        hidden: Numbers of the rows the workbook does not show: read, or dropped if the source says so.
        dropped_hidden: Those of them that were dropped.
        formulas: Cells with formulas, in the columns of numbers.
        without_value: References of formulas that were saved without a value, the first of them.
        n_without_value: How many these are.
        dropped_corrections: Rows left out because a correction says so.
        errors: References of cells that show an error, the first of them.
        n_errors: How many these are.
        merged: Ranges of merged cells whose blank parts were filled.
        n_merged: How many cells were filled.
        longer: Numbers of rows of a text file that go on to the right of the header.
        hidden_columns: Letters of mapped columns the workbook does not show; they are read.
    """

    rows: pl.DataFrame
    marks: Marks
    counted: Counted
    totals: list[int]
    hidden: list[int]
    dropped_hidden: int
    dropped_corrections: int
    formulas: int
    without_value: list[str]
    n_without_value: int
    errors: list[str]
    n_errors: int
    merged: list[str]
    n_merged: int
    longer: list[int]
    hidden_columns: list[str]


def read_body(
    tables: Tables, sheet: Sheet, header: Header, config: TableSource | None, numbers: Collection[str]
) -> Body:
    """Return the rows below a header.

    Args:
        tables: The file.
        sheet: One of its sheets.
        header: Where the mapped columns are.
        config: The source: words of totals, hidden rows read or skipped.
        numbers: Meanings whose cells are numbers: their marks are kept.
    """
    exact = {place for meaning, place in header.columns.items() if meaning in numbers}
    with ThreadPoolExecutor(1) as beside:  # the reader of cells leaves Python to others while it works
        reading = beside.submit(_marks, tables, sheet, exact, set(header.columns.values()))
        below, marks = sheet.below(header.row, header.last), reading.result()
    marks = marks.without(corrected(sheet.source))
    is_hidden = below[ROW].is_in(list(marks.hidden_rows))
    is_total = _totals(below, config.totals if config else ())
    skips = config is not None and config.hidden == "skip"
    is_dropped = is_total | is_hidden if skips else is_total
    kept = below.filter(~is_dropped) if is_dropped.any() else below
    mapped = sorted(set(header.columns.values()))
    whole = merged_cells.filled(below, kept, mapped, header.row, marks)
    kept, marks = whole.rows, whole.marks
    cells = _Texts(kept, header, marks)
    rows = cells.rows()
    n_corrected_away = 0
    if tables.corrector is not None:
        headers = {meaning: header.texts[place] for meaning, place in header.columns.items()}
        rows, changed, n_corrected_away = tables.corrector.rows(sheet.name or None, rows, headers)
        marks = marks.without([(row, header.columns[meaning]) for row, meaning in changed])
    counted = sheet.counted(header.row, below.height, header.last)
    return Body(
        rows=rows,
        marks=marks,
        counted=counted,
        totals=below.filter(is_total)[ROW].to_list(),
        hidden=below.filter(is_hidden)[ROW].to_list(),
        dropped_hidden=int((is_hidden & ~is_total).sum()) if skips else 0,
        dropped_corrections=n_corrected_away + counted.blanked,
        formulas=marks.cells.filter(pl.col("is_formula") & pl.col("column").is_in(exact)).height,
        without_value=cells.places(EMPTY),
        n_without_value=cells.count(EMPTY),
        errors=cells.places(ERROR),
        n_errors=cells.count(ERROR),
        merged=whole.places,
        n_merged=whole.n_cells,
        longer=sheet.longer(header.row),
        hidden_columns=[column_letters(place) for place in mapped if place in marks.hidden_columns],
    )


def _marks(tables: Tables, sheet: Sheet, exact: Collection[int], others: Collection[int]) -> Marks:
    return tables.stored if tables.book is None else cell_marks.read_marks(tables.book, sheet.name, exact, others)


def _totals(below: pl.DataFrame, words: Collection[str]) -> pl.Series:
    if not words or not below.width > 1:
        return pl.repeat(False, below.height, eager=True, dtype=pl.Boolean)
    first = values.folded(below.select(pl.coalesce(pl.exclude(ROW))).to_series()).str.strip_chars_end(" :")
    return first.is_in([fold(word).rstrip(" :") for word in words]).fill_null(value=False)


class _Texts:
    """Texts of the mapped columns, with the words for what the reader left blank."""

    def __init__(self, kept: pl.DataFrame, header: Header, marks: Marks) -> None:
        self._kept, self._header = kept, header
        wanted = pl.DataFrame({"column": list(header.columns.values())}, schema={"column": pl.Int64})
        odd = marks.cells.filter(pl.col("kind").is_in([ERROR, EMPTY, DATE]) & pl.col("row").is_in(kept[ROW].implode()))
        self._odd = odd.join(wanted.unique(), on="column", how="semi") if odd.height else odd

    def rows(self) -> pl.DataFrame:
        """Return ``__row`` and a column per meaning."""
        columns = self._header.columns
        bare = [pl.col(f"c{place}").str.strip_chars().alias(meaning) for meaning, place in columns.items()]
        rows = values.without_blank(self._kept.select(ROW, *bare), list(columns))
        marked = set(self._odd["column"])
        return rows.with_columns(
            self._worded(rows[meaning], place) for meaning, place in columns.items() if place in marked
        )

    def _worded(self, text: pl.Series, place: int) -> pl.Series:
        meaning, odd = text.name, self._odd.filter(column=place)
        there = self._kept.select(pl.col(ROW), text.alias("text")).join(
            odd, left_on=ROW, right_on="row", how="left", maintain_order="left"
        )
        moment = pl.col("text").str.replace("T", " ", literal=True) + pl.when(
            pl.col("text").str.len_chars() == _DAY_SIGNS
        ).then(pl.lit(" 00:00:00")).otherwise(pl.lit(""))
        return there.select(
            pl.when(kind=ERROR).then("error")
            .when(kind=EMPTY).then(pl.lit(WITHOUT_VALUE))
            .when(kind=DATE).then(moment)
            .otherwise("text").alias(meaning)
        ).to_series()  # fmt: skip

    def places(self, kind: str) -> list[str]:
        cells = self._odd.filter(kind=kind).sort("row", "column").head(_SHOWN)
        return [f"{column_letters(column)}{row}" for row, column in cells.select("row", "column").iter_rows()]

    def count(self, kind: str) -> int:
        return self._odd.filter(kind=kind).height


def told(tables: Tables, parts: Sequence[tuple[Sheet, Header, Body]], skipped: Sequence[Sheet]) -> Notes:
    """Return what was seen and dropped in the sheets that were read; names of cells, never what is in them.

    Args:
        tables: The file.
        parts: The sheets that were read.
        skipped: The others.
    """
    bodies = [body for _, _, body in parts]
    notes: Notes = {
        "reader": tables.reader,
        "encoding": tables.encoding,
        "sheets_read": [sheet.name for sheet, _, _ in parts if sheet.name],
        "sheets_skipped": [sheet.name for sheet in skipped if sheet.name],
        "sheets_hidden": [sheet.name for sheet, _, _ in parts if sheet.hidden],
        **counted_in(*(body.counted for body in bodies)),
        "rows_read": sum(body.counted.read for body in bodies),
        "rows_dropped_totals": sum(len(body.totals) for body in bodies),
        "totals_at": [one for sheet, _, body in parts for one in rows_at(sheet, body.totals)],
        "rows_dropped_hidden": sum(body.dropped_hidden for body in bodies),
        "rows_dropped_corrections": sum(body.dropped_corrections for body in bodies),
        "rows_hidden": sum(len(body.hidden) for body in bodies),
        "hidden_at": [one for sheet, _, body in parts for one in rows_at(sheet, body.hidden)],
        "rows_longer": sum(len(body.longer) for body in bodies),
        "rows_longer_at": [one for sheet, _, body in parts for one in rows_at(sheet, body.longer)],
        "columns_hidden": [_full(sheet, one) for sheet, _, body in parts for one in body.hidden_columns],
        "merged_cells_filled": sum(body.n_merged for body in bodies),
        "merged_cells_filled_at": [_full(sheet, one) for sheet, _, body in parts for one in body.merged[:_SHOWN]],
        "formulas": sum(body.formulas for body in bodies),
        "formulas_without_value": sum(body.n_without_value for body in bodies),
        "formulas_without_value_at": [_full(sheet, place) for sheet, _, body in parts for place in body.without_value],
        "error_cells": sum(body.n_errors for body in bodies),
        "error_cells_at": [_full(sheet, place) for sheet, _, body in parts for place in body.errors],
        COLUMNS: {
            f"{sheet.name}!{meaning}": column_letters(place)
            for sheet, header, _ in parts
            for meaning, place in header.columns.items()
        },
        "unmapped_columns": sorted({text for _, header, _ in parts for text in header.unmapped}),
    }
    if any(body.marks.counts_from_1904 for body in bodies):
        notes[FROM_1904] = 1
    if tables.member:
        notes["archive_member"] = tables.member
    return notes


def told_notes(parts: Sequence[tuple[Sheet, Header, pl.DataFrame]]) -> Notes:
    """Return how many rows were taken for notes, and the first filled cell of the first of them.

    Args:
        parts: Sheets that were read, and the mapped cells of such rows.
    """
    places = []
    for sheet, header, rows in parts:
        first = [
            pl.when(pl.col(meaning).is_not_null()).then(pl.lit(column_letters(place)))
            for meaning, place in sorted(header.columns.items(), key=lambda one: one[1])
        ]
        cells = rows.head(_SHOWN).select(pl.coalesce(*first) + pl.col(ROW).cast(pl.String)).to_series()
        places += [_full(sheet, cell) for cell in cells.drop_nulls()]
    return {"rows_dropped_notes": sum(rows.height for *_, rows in parts), "notes_at": places}


def rows_at(sheet: Sheet, rows: Iterable[int]) -> list[str]:
    """Return where rows are, the first of them."""
    return [_full(sheet, f"row {row}") for row in islice(rows, _SHOWN)]


def counted_in(*parts: Counted) -> Notes:
    """Return the notes about the rows of the sheets that were read.

    The rows at the source are counted beside the reader; those that cannot be are its own, and told.
    """
    counts = [one.at_source for one in parts]
    n_alone = sum(one.read for one in parts if one.at_source is None)
    return {
        "rows_dropped_blank": sum(one.beyond for one in parts),
        "rows_dropped_corrections": sum(one.blanked for one in parts),
        "rows_uncounted": n_alone,
        "rows_at_source": n_alone + sum(one for one in counts if one is not None),
    }


def _full(sheet: Sheet, place: str) -> str:
    return f"{sheet.name}!{place}" if sheet.name else place
