"""Workbooks whose bytes depend on nothing but their content."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path
from typing import Any

import xlsxwriter

_CREATED = dt.datetime(2024, 7, 1, 9, 0, tzinfo=dt.UTC)


class Book:
    """A workbook in memory with fixed dates and author, written to disk by ``save``."""

    def __init__(self) -> None:
        self._bytes = io.BytesIO()
        # In memory every part gets the same date, whatever the clock and the time zone say.
        self._book = xlsxwriter.Workbook(self._bytes, {"in_memory": True, "strings_to_formulas": False})
        self._book.set_properties({"author": "melflow example", "created": _CREATED})
        self.bold = self._book.add_format({"bold": True})

    def sheet(self, name: str) -> Any:
        """Add an empty sheet and return it, an xlsxwriter Worksheet."""
        return self._book.add_worksheet(name)

    def table(self, name: str, rows: list[list[Any]]) -> None:
        """Add a sheet whose first row is the header; None leaves a cell empty."""
        sheet = self.sheet(name)
        for row_no, row in enumerate(rows):
            for column_no, value in enumerate(row):
                if value is not None:
                    sheet.write(row_no, column_no, value, self.bold if row_no == 0 else None)

    def save(self, path: Path) -> None:
        """Write the workbook, making the folder it lies in."""
        self._book.close()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self._bytes.getvalue())
