"""Sheets of workbooks: calamine reads XLSX, XLSB, XLS and ODS; what it refuses of XLSX, openpyxl may read."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime, time
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from melflow.sources import filled_rows
from melflow.sources.xlsx_package import Package

if TYPE_CHECKING:
    import fastexcel

    from melflow.sources.filled_rows import Filled, Read
    from melflow.sources.payload import Origin

Kind = Literal["xlsx", "xlsb", "xls", "ods"]
_WORKBOOK_PARTS: dict[str, Kind] = {"xl/workbook.xml": "xlsx", "xl/workbook.bin": "xlsb", "content.xml": "ods"}


class Workbook:
    """An opened workbook.

    Attributes:
        content: Its bytes.
        kind: What it is.
        package: The archive of an XLSX; None for the other kinds.
    """

    def __init__(self, origin: Origin, content: bytes, kind: Kind) -> None:
        """Open the workbook; its sheets are read when somebody asks for them.

        Raises:
            SourceError: No reader can open it.
        """
        self.content, self.kind = content, kind
        self.package = Package(content) if kind == "xlsx" else None
        self._origin = origin
        self.names = self._names()

    def _names(self) -> list[str]:
        import fastexcel

        try:
            return list(self._calamine.sheet_names)
        except fastexcel.FastExcelError as error:
            try:
                return list(self._openpyxl.sheetnames)
            except Exception:  # openpyxl fails in its own ways on a damaged file
                raise self.broken("") from error

    @cached_property
    def _calamine(self) -> fastexcel.ExcelReader:
        import fastexcel

        return fastexcel.read_excel(self.content)

    @cached_property
    def _openpyxl(self) -> Any:
        import openpyxl

        if self.package is None:
            raise ValueError("openpyxl reads XLSX only")
        return openpyxl.load_workbook(io.BytesIO(self.content), read_only=True, data_only=True, keep_links=False)

    def load(self, name: str, last: int | None) -> tuple[pl.DataFrame, bool, str]:
        """Return a sheet's cells from row 1 and column A on, whether it is hidden, and who read it.

        Args:
            name: The sheet.
            last: Number of the last column wanted, from 0; None: all.

        Raises:
            SourceError: No reader can read the sheet.
        """
        import fastexcel

        try:
            return *_by_calamine(self._calamine, name, last), "calamine"
        except fastexcel.FastExcelError as error:
            try:
                return *self._by_openpyxl(name, last), "openpyxl"
            except Exception:  # openpyxl fails in its own ways on a damaged file
                raise self.broken(name) from error

    def head(self, name: str, n_rows: int) -> tuple[pl.DataFrame, bool] | None:
        """Return the first rows of a long sheet and whether it is hidden; None where reading it whole is as good."""
        import fastexcel

        if self.package is None or not self.package.is_long(name):
            return None
        copy = self.package.cut(name, n_rows)
        try:
            return None if copy is None else _by_calamine(fastexcel.read_excel(copy), name, None)
        except fastexcel.FastExcelError:
            return None

    def _by_openpyxl(self, name: str, last: int | None) -> tuple[pl.DataFrame, bool]:
        if self.package is None or b"<!DOCTYPE" in self.package.xml(name)[:4096]:
            raise ValueError("not for openpyxl")
        sheet = self._openpyxl[name]
        if hasattr(sheet, "reset_dimensions"):
            sheet.reset_dimensions()  # some writers state a wrong size
        rows = [[_text(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
        width = max((len(row) for row in rows), default=0)
        width = width if last is None else min(width, last + 1)
        padded = [row[:width] + [None] * (width - len(row)) for row in rows]
        schema = {f"c{number}": pl.String for number in range(width)}
        return pl.DataFrame(padded, schema=schema, orient="row"), sheet.sheet_state != "visible"

    def broken(self, name: str) -> Exception:
        """Return the error about a sheet, or the workbook, that cannot be read."""
        return self._origin.error(
            "every sheet of a workbook can be read",
            "a broken sheet" if name else "a broken workbook",
            "Open it in Excel or LibreOffice, save it as XLSX, send it again.",
            name,
        )


class WorkbookSheet:
    """One sheet, read when asked for."""

    def __init__(self, book: Workbook, name: str) -> None:
        self.book, self.name = book, name
        self._hidden: bool | None = None
        self._whole: pl.DataFrame | None = None
        self.reader = ""

    @property
    def hidden(self) -> bool:
        """Whether the workbook shows the sheet only on request, or never."""
        if self._hidden is None:
            self.head(1)
        return bool(self._hidden)

    def head(self, n_rows: int) -> pl.DataFrame:
        """Return the first rows; of a sheet that is not long: all."""
        found = None if self._whole is not None else self.book.head(self.name, n_rows)
        if found is None:
            return self.read()
        frame, self._hidden = found
        return frame

    def read(self, last: int | None = None) -> pl.DataFrame:
        """Return the cells, of the columns up to ``last`` only where that is given."""
        if self._whole is not None:
            return self._whole
        frame, self._hidden, self.reader = self.book.load(self.name, last)
        if last is None:
            self._whole = frame
        return frame

    def filled(self, read: Read) -> Filled | None:
        """Count the rows with something in them in the workbook's own parts."""
        return filled_rows.of_workbook(self.book, self.name, read, self.head(1).width)


def kind_of(content: bytes) -> Kind | None:
    """Return which kind of workbook the bytes are; None for a zip archive of something else.

    Raises:
        zipfile.BadZipFile: It is a damaged archive.
    """
    if not content.startswith(b"PK"):
        return "xls"
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = {name.lower() for name in archive.namelist()}
    return next((kind for part, kind in _WORKBOOK_PARTS.items() if part in names), None)


def _by_calamine(reader: fastexcel.ExcelReader, name: str, last: int | None) -> tuple[pl.DataFrame, bool]:
    beyond = None if last is None else lambda column: column.absolute_index <= last
    sheet = reader.load_sheet(name, header_row=None, skip_rows=0, dtypes="string", use_columns=beyond)
    places = [column.absolute_index for column in sheet.selected_columns]
    frame: pl.DataFrame = sheet.to_polars()
    frame.columns = [f"c{place}" for place in places]
    # columns without any cell are left out by the reader
    every = [f"c{place}" for place in range(max(places, default=-1) + 1)]
    present = set(frame.columns)
    wide = frame.select(pl.col(one) if one in present else pl.lit(None, pl.String).alias(one) for one in every)
    return wide, sheet.visible != "visible"


def _text(value: object) -> str | None:
    """Return a cell of openpyxl as calamine would write it."""
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
        case datetime():
            return value.isoformat(" ")
        case date() | time():
            return value.isoformat()
        case _:
            return str(value)
