"""Sheets of text out of CSV and workbook bytes: every cell a string, rows and columns as a person counts them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import polars as pl

from melflow.sources import sniff, values
from melflow.sources.cell_marks import Marks
from melflow.sources.csv_table import CsvTable
from melflow.sources.encodings import decode
from melflow.sources.filled_rows import Read
from melflow.sources.payload import Origin
from melflow.sources.separators import separator
from melflow.sources.workbook import Workbook, WorkbookSheet, kind_of

if TYPE_CHECKING:
    from melflow.core.workspace.source_base import TableSource
    from melflow.sources.corrections import Corrector
    from melflow.sources.filled_rows import Filled

__all__ = ["ROW", "Sheet", "Tables", "decode", "open_workbook", "read_tables", "separator"]

MAX_UNZIPPED_BYTES = 2 * 1024**3  # a workbook that unfolds to more is a zip bomb or a mistake
HEAD_ROWS = 62  # titles above a header are few; where there are more, all of the sheet is read for it
ROW = "__row"


class Cells(Protocol):
    """Who reads a sheet: all of it, some columns, or the first rows."""

    @property
    def hidden(self) -> bool:
        """Whether the workbook hides the sheet."""

    @property
    def reader(self) -> str:
        """Who read it; empty as long as nobody did."""

    def head(self, n_rows: int) -> pl.DataFrame:
        """Return the first rows, or more."""

    def read(self, last: int | None = None) -> pl.DataFrame:
        """Return all rows, of the columns up to ``last`` where that is given."""

    def filled(self, read: Read) -> Filled | None:
        """Count the rows below the header that have something in them, in the bytes; None where nobody can."""


@dataclass(frozen=True)
class Counted:
    """Rows of a sheet with something in them, below its header.

    Attributes:
        at_source: Counted in the bytes; None where nobody but the reader can.
        read: What the reader found, with those beyond its columns.
        beyond: Rows with something only to the right of the columns that are read.
        blanked: Rows that a correction made blank.
    """

    at_source: int | None
    read: int
    beyond: int
    blanked: int


@dataclass(frozen=True, eq=False)
class Sheet:
    """A rectangle of text, read when asked for.

    Attributes:
        name: Sheet name; empty for a CSV file.
        source: Who reads it.
    """

    name: str
    source: Cells

    @property
    def hidden(self) -> bool:
        """Whether the workbook hides the sheet."""
        return self.source.hidden

    @cached_property
    def cells(self) -> pl.DataFrame:
        """All String columns ``c0``, ``c1``…, first row is row 1 of the file, c0 its first column, blank cells null."""
        return self.source.read()

    @cached_property
    def head(self) -> pl.DataFrame:
        """The first rows, at least ``HEAD_ROWS`` of them where there are so many."""
        return self.cells if "cells" in self.__dict__ else self.source.head(HEAD_ROWS)

    @property
    def is_blank(self) -> bool:
        """Whether no cell of it holds anything."""
        return not any(self.row(1)) and self.below(1).is_empty()

    def row(self, number: int) -> list[str | None]:
        """Return the texts of a row, counted from 1, without surrounding white space; none beyond the last row."""
        is_read = "cells" in self.__dict__ or number > self.head.height
        frame = self.cells if is_read else self.head
        if number > frame.height:
            return []
        return [value.strip() if value else None for value in frame.row(number - 1)]

    def below(self, header: int, last: int | None = None) -> pl.DataFrame:
        """Return the non-blank rows below the header, blank cells as null, with their number as ``__row``.

        Args:
            header: Number of the header row, from 1.
            last: Number of the last column wanted, from 0; None: all. A row that is blank up to there is blank.
        """
        whole = self.cells if last is None or "cells" in self.__dict__ else self.source.read(last)
        given = whole.columns if last is None else whole.columns[: last + 1]
        frame = whole.select(pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias(ROW), *given).slice(header)
        if not given:
            return frame
        frame = values.without_blank(frame, given)
        kept = frame.select(pl.any_horizontal(pl.col(given).is_not_null())).to_series()
        return frame if kept.all() else frame.filter(kept)

    def longer(self, header: int) -> list[int]:
        """Return the numbers of rows of a text file that go on to the right of the header; see ``CsvTable.longer``."""
        source = getattr(self.source, "plain", self).source
        return source.longer(header) if isinstance(source, CsvTable) else []

    def counted(self, header: int, n_below: int, last: int | None = None) -> Counted:
        """Return how many rows below the header have something in them, counted beside the reader.

        Args:
            header: Number of the last row of the header, from 1.
            n_below: What the reader found, with corrections made.
            last: Number of the last column that was read, from 0; None: all.
        """
        plain: Sheet = getattr(self.source, "plain", self)
        n_plain = n_below if plain is self else plain.below(header, last).height
        top = plain.head.head(header)
        n_above = top.filter(pl.any_horizontal((pl.all() != "").fill_null(value=False))).height if top.width else 0
        inside = (
            top.select(pl.all().str.count_matches("\n", literal=True).sum()).sum_horizontal().sum() if top.width else 0
        )
        found = plain.source.filled(Read(header, n_above, n_plain, last, top.height + int(inside)))
        beyond = found.beyond if found else 0
        return Counted(None if found is None else found.within + beyond, n_plain + beyond, beyond, n_plain - n_below)

    def first_row(self) -> int:
        """Return the number of the first row with text, 1 for a sheet without any."""
        filled = self.cells.select(pl.any_horizontal(pl.all().is_not_null())).to_series().arg_true()
        return filled[0] + 1 if len(filled) else 1


@dataclass(frozen=True)
class Tables:
    """All sheets of one payload.

    Attributes:
        sheets: The sheets, in the file's order.
        encoding: Of a CSV file; empty for a workbook.
        book: The opened workbook; None for CSV.
        member: Name of the file inside an archive; empty for a payload that is none.
        corrector: What is known to be wrong in it; None for nothing.
        stored: Marks of cells, where the file is no workbook and has some all the same.
    """

    sheets: tuple[Sheet, ...]
    encoding: str = ""
    book: Workbook | None = None
    member: str = ""
    corrector: Corrector | None = None
    stored: Marks = field(default_factory=Marks)

    @property
    def reader(self) -> str:
        """Who read the sheets that were read: ``csv``, ``calamine``, ``openpyxl`` or both of these."""
        return " and ".join(sorted({sheet.source.reader for sheet in self.sheets} - {""}))


def read_tables(
    origin: Origin, content: bytes, config: TableSource | None = None, expected: Iterable[str] = ()
) -> Tables:
    """Return the sheets of a CSV file, of a workbook, or of the only file in a zip archive.

    Args:
        origin: The payload.
        content: Its bytes.
        config: The source, for the encoding and the separator of text files.
        expected: Texts of the header; they tell what separates the cells of a text file.

    Raises:
        SourceError: It is neither, it is empty, cut off, protected or broken.
    """
    found = _opened(origin, content, config, expected)
    return origin.corrector.tables(found) if origin.corrector else found


def _opened(origin: Origin, content: bytes, config: TableSource | None, expected: Iterable[str]) -> Tables:
    if sniff.kind(origin, content, "text", "workbook", "old workbook") == "text":
        return _one_text(origin, content, config, expected)
    _refuse_damaged(origin, content)
    if kind_of(content) is not None:
        return open_workbook(origin, content)
    member, inner = only_member(origin, content)
    if sniff.kind(origin, inner, "text", "workbook", "old workbook") == "text":
        found = _one_text(origin, inner, config, expected)
    else:
        found = open_workbook(origin, inner)
    return Tables(found.sheets, found.encoding, found.book, member)


def open_workbook(origin: Origin, content: bytes) -> Tables:
    """Return the sheets of a workbook.

    Raises:
        SourceError: The workbook is cut off, too large when unfolded, or broken.
    """
    _refuse_damaged(origin, content)
    kind = kind_of(content)
    if kind is None:
        raise _no_table(origin, "a zip archive of something else")
    book = Workbook(origin, content, kind)
    return Tables(tuple(Sheet(name, WorkbookSheet(book, name)) for name in book.names), book=book)


def only_member(origin: Origin, content: bytes) -> tuple[str, bytes]:
    """Return name and bytes of the only file in a zip archive.

    Raises:
        SourceError: It holds none, or several: nobody said which.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        files = [info for info in archive.infolist() if not info.is_dir() and not info.filename.startswith("__MACOSX/")]
        if len(files) != 1 or files[0].flag_bits & 1 or files[0].filename.lower().endswith(".zip"):
            raise _no_table(origin, f"a zip archive of {len(files)} files that is no workbook")
        return files[0].filename, archive.read(files[0])


def _one_text(origin: Origin, content: bytes, config: TableSource | None, expected: Iterable[str]) -> Tables:
    encoding, sign = (config.encoding, config.delimiter) if config else (None, None)
    table = CsvTable(origin, content, encoding, sign, expected)
    return Tables((Sheet("", table),), table.encoding)


def _no_table(origin: Origin, seen: str) -> Exception:
    return origin.error(
        "a zip archive is a workbook, or holds one table and no password",
        seen,
        "Take the files out of the archive, and put the workbook itself in the folder.",
    )


def _refuse_damaged(origin: Origin, content: bytes) -> None:
    if not content.startswith(b"PK"):
        return
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            size = sum(member.file_size for member in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise origin.error(
            "a workbook is complete",
            f"a workbook cut off after {len(content)} bytes",
            "The copy was interrupted: send or download the file again.",
        ) from error
    if size > MAX_UNZIPPED_BYTES:
        raise origin.error(
            f"a workbook unfolds to at most {MAX_UNZIPPED_BYTES // 1024**2} MB",
            f"{size // 1024**2} MB",
            "Delete unused sheets and formatting far below the data, or split the workbook.",
        )
