"""What a cell's text does not show: that it is a number, a formula, an error, a percentage, or in a hidden row.

Read straight from the workbook's own parts, for the wanted columns of a sheet only: quick, and the same for XLSX, XLSB,
XLS and ODS.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from melflow.sources.workbook import Workbook

#: Codes of errors in XLS and XLSB; the words are what a person sees.
ERRORS = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}  # fmt: skip
#: Kinds of cells; EMPTY is a formula that was saved without its value, DATE a day that the reader writes like a text.
NUMBER, TEXT, ERROR, TRUTH, EMPTY, DATE = "number", "text", "error", "truth", "empty", "date"
_CELLS = {
    "row": pl.Int64,  # from 1
    "column": pl.Int64,  # from 0
    "kind": pl.String,
    "number": pl.Float64,  # of a number, as it is stored
    "error": pl.String,  # of an error, as it is shown
    "is_formula": pl.Boolean,
    "format": pl.String,  # number format, null for the general one
}


#: First and last row, from 1, first and last column, from 0.
Range = tuple[int, int, int, int]


@dataclass(frozen=True)
class Marks:
    """The marks of one sheet.

    Attributes:
        cells: One row per cell that has any content; see ``cell_marks._CELLS``.
        hidden_rows: Numbers of the rows the workbook does not show.
        counts_from_1904: Whether dates count from 1904.
        merged: Ranges of merged cells.
        hidden_columns: Numbers, from 0, of the columns the workbook does not show.
    """

    cells: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=_CELLS))
    hidden_rows: frozenset[int] = frozenset()
    counts_from_1904: bool = False
    merged: tuple[Range, ...] = ()
    hidden_columns: frozenset[int] = frozenset()

    def of(self, column: int, rows: pl.Series) -> pl.DataFrame:
        """Return the marks of a column's cells, one row for each of these row numbers; null where a cell is blank."""
        wanted = rows.cast(pl.Int64).rename("row").to_frame()
        return wanted.join(self.cells.filter(column=column), on="row", how="left", maintain_order="left")

    def without(self, cells: Collection[tuple[int, int]]) -> Marks:
        """Return the marks without those of some cells, (row from 1, column from 0), which count as text."""
        if not cells:
            return self
        gone = pl.DataFrame(list(cells), schema={"row": pl.Int64, "column": pl.Int64}, orient="row")
        return replace(self, cells=self.cells.join(gone, on=["row", "column"], how="anti", maintain_order="left"))


def stored_numbers(marks: pl.DataFrame, texts: pl.Series) -> pl.Series:
    """Return the numbers of cells as they are stored; null where a cell shows a day or a time, which are stored so too.

    Args:
        marks: Of a column's cells, as ``Marks.of`` gives them.
        texts: What these cells say.
    """
    shows_time = texts.str.contains(r"\d[-:]\d").fill_null(value=False)
    return marks.with_columns(shows_time=shows_time).select(
        pl.when(pl.col("kind") == NUMBER, ~pl.col("shows_time")).then("number").alias("number")
    )["number"]


def read_marks(book: Workbook, sheet: str, exact: Collection[int], others: Collection[int] = ()) -> Marks:
    """Return the marks of a sheet's columns, numbers from 0.

    Args:
        book: The workbook.
        sheet: Name of the sheet.
        exact: Columns of which every cell is wanted.
        others: Columns of which errors, formulas without value and dates are wanted; the rest may come along.

    Raises:
        ValueError: A part declares a document type, or is not what it should be.
    """
    reader = import_module(f"melflow.sources.marks_{book.kind}")
    found: Marks = reader.read(book, sheet, frozenset(exact), frozenset(others))
    return found


def frame(rows: Iterable[tuple[int, int, str, float | None, str | None, bool, str | None]]) -> pl.DataFrame:
    """Return cells as ``Marks`` holds them."""
    return pl.DataFrame(list(rows), schema=_CELLS, orient="row")


def column_letters(number: int) -> str:
    """Return the letters of a column, from 0: 0 is A, 26 is AA."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_number(reference: str) -> int:
    """Return the number, from 0, of the column a reference such as D7 starts with."""
    number = 0
    for letter in re.match(r"[A-Z]*", reference)[0]:  # type: ignore[index]  # the pattern always matches
        number = number * 26 + ord(letter) - 64
    return number - 1
