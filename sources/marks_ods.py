"""Marks of ODS cells, out of the document's XML."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

from melflow.sources import cell_marks
from melflow.sources.cell_marks import DATE, EMPTY, ERROR, NUMBER, TEXT, TRUTH, Marks, Range
from melflow.sources.marks_xls import Cell
from melflow.sources.xlsx_package import Attributes, scan

if TYPE_CHECKING:
    from melflow.sources.workbook import Workbook

_KINDS = {"float": NUMBER, "percentage": NUMBER, "currency": NUMBER, "boolean": TRUTH, "string": TEXT, "date": DATE}
_LONGEST_REPEAT = 1 << 20  # rows of a sheet: what is repeated more often is empty ground


def read(book: Workbook, sheet: str, exact: frozenset[int], others: frozenset[int]) -> Marks:
    """Return the marks of a sheet's columns."""
    with zipfile.ZipFile(io.BytesIO(book.content)) as archive:
        walk = _Walk(sheet, exact | others)
        scan(archive.read("content.xml"), walk.start, walk.text, walk.end)
    return Marks(
        cell_marks.frame(walk.cells),
        frozenset(walk.hidden),
        walk.counts_from_1904,
        tuple(walk.merged),
        frozenset(walk.hidden_columns),
    )


class _Walk:
    def __init__(self, sheet: str, columns: frozenset[int]) -> None:
        self.cells: list[Cell] = []
        self.hidden: set[int] = set()
        self.merged: list[Range] = []
        self.hidden_columns: set[int] = set()
        self.counts_from_1904 = False
        self._sheet, self._columns = sheet, columns
        self._is_here = self._in_cell = False
        self._row, self._column, self._rows = 0, 0, 1
        self._of_row: list[tuple[int, str, float | None, str | None, bool, str | None]] = []
        self._cell: Attributes = {}
        self._text = ""

    def start(self, name: str, attributes: Attributes) -> None:
        plain = {key.rpartition("}")[2]: value for key, value in attributes.items() if "calcext" not in key}
        if name == "table":
            self._is_here = plain.get("name") == self._sheet
            self._row = self._column = 0
        elif name == "null-date":
            self.counts_from_1904 = plain.get("date-value", "").startswith("1904")
        elif not self._is_here:
            return
        elif name == "table-column":
            repeated = int(plain.get("number-columns-repeated", 1))
            if plain.get("visibility", "visible") != "visible" and repeated < _LONGEST_REPEAT:
                self.hidden_columns |= set(range(self._column, self._column + repeated))
            self._column += repeated
        elif name == "table-row":
            self._rows, self._column, self._of_row = int(plain.get("number-rows-repeated", 1)), 0, []
            if plain.get("visibility", "visible") != "visible" and self._rows < _LONGEST_REPEAT:
                self.hidden |= set(range(self._row + 1, self._row + self._rows + 1))
        elif name in ("table-cell", "covered-table-cell"):
            is_error = any("calcext" in key and value == "error" for key, value in attributes.items())
            self._cell, self._text, self._in_cell = plain | ({"error": "yes"} if is_error else {}), "", True

    def text(self, text: str) -> None:
        if self._in_cell:
            self._text += text

    def end(self, name: str) -> None:
        if name in ("table-cell", "covered-table-cell") and self._is_here:
            repeated = int(self._cell.get("number-columns-repeated", 1))
            if "value-type" in self._cell or "formula" in self._cell:
                here = range(self._column, self._column + repeated)
                fewer, more = (here, self._columns) if repeated < len(self._columns) else (self._columns, here)
                self._of_row += [(column, *self._seen()) for column in fewer if column in more]
            down, right = (int(self._cell.get(f"number-{way}-spanned", 1)) for way in ("rows", "columns"))
            if down > 1 or right > 1:
                self.merged.append((self._row + 1, self._row + down, self._column, self._column + right - 1))
            self._column += repeated
            self._in_cell = False
        elif name == "table-row" and self._is_here:
            if self._of_row:
                rows = range(self._row + 1, self._row + self._rows + 1)
                self.cells += [(row, *cell) for row in rows for cell in self._of_row]
            self._row += self._rows
        elif name == "table":
            self._is_here = False

    def _seen(self) -> tuple[str, float | None, str | None, bool, str | None]:
        type_, is_formula = self._cell.get("value-type", ""), "formula" in self._cell
        shown = "0%" if type_ == "percentage" else None
        if "error" in self._cell:
            return ERROR, None, self._text.strip() or "#N/A", is_formula, shown
        kind = _KINDS.get(type_, EMPTY)
        number = float(self._cell["value"]) if kind == NUMBER and "value" in self._cell else None
        return kind, number, None, is_formula, shown
