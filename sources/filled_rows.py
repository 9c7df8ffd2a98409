"""How many rows of a sheet have something in them, counted in the bytes of the file and not by who reads its cells.

The number of rows that the reader found is a shortcut only: where a quick count of lines or row elements comes to the
same, nothing is blank and no closer look is needed. Where it does not (blank rows, lines inside cells), rows are looked
at one by one, and the reader's number has no part in it.
"""

from __future__ import annotations

import csv
import io
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.parsers import expat

import numpy as np
import numpy.typing as npt
import polars as pl

from melflow.sources import filled_xlsx
from melflow.sources.cell_marks import EMPTY, TEXT, read_marks

if TYPE_CHECKING:
    from melflow.sources.workbook import Workbook
    from melflow.sources.xlsx_package import Package

_PIECE, _END, _QUOTE = 1 << 18, ord("\n"), ord('"')
_BLANK_CELL = 3  # bytes of a blank cell at most: quotation marks and the separator
_FEW = 1000  # records that are looked at one by one at little cost


@dataclass(frozen=True)
class Read:
    """What the reader of a sheet looked at, and what it found there.

    Attributes:
        header: Number of the last row of the header, from 1: rows are counted below it.
        n_above: Rows with something in them down to there.
        n_below: Rows with something in them below it.
        last: Number of the last column that was read, from 0; None: all.
        n_lines_above: Lines of text down to the header, those inside its cells too.
    """

    header: int
    n_above: int
    n_below: int
    last: int | None = None
    n_lines_above: int = 0

    @property
    def n_rows(self) -> int:
        """Rows with something in them, the header's too."""
        return self.n_above + self.n_below


@dataclass(frozen=True)
class Filled:
    """Rows below the header with something in them.

    Attributes:
        within: In the columns that were read.
        beyond: Only to the right of these.
    """

    within: int
    beyond: int = 0


def n_lines(content: bytes) -> int:
    """Return how many lines there are; NumPy counts four times as fast as ``bytes.count``, a piece at a time."""
    codes = np.frombuffer(content, np.uint8)
    ends = sum(int(np.count_nonzero(codes[at : at + _PIECE] == _END)) for at in range(0, len(codes), _PIECE))
    return ends + (bool(content) and not content.endswith(b"\n"))


def of_text(utf8: bytes, separator: str, read: Read) -> Filled | None:
    """Count the filled rows of a text file; None where Python's own reader cannot tell rows apart."""
    if n_lines(utf8) == read.n_lines_above + read.n_below or _n_filled(utf8, separator, read) == read.n_below:
        return Filled(read.n_below)
    try:
        firsts = [
            next((place for place, cell in enumerate(record) if cell), None)
            for record in csv.reader(io.StringIO(utf8.decode(), newline=""), delimiter=separator)
        ]
    except csv.Error:
        return None
    return of_firsts(firsts, read)


def _n_filled(utf8: bytes, separator: str, read: Read) -> int | None:
    """Count records by their ends outside quotation marks, without the blank ones; None where too many may be blank."""
    ends = _ends(utf8)
    starts = np.concatenate(([0], ends[:-1] + 1))
    sign = separator.encode()
    width = 1 + max((line.count(sign) for line in utf8[:_PIECE].splitlines()[: read.header + 1]), default=0)
    starts, ends = starts[read.header :], ends[read.header :]
    short = np.flatnonzero(ends - starts < _BLANK_CELL * width)
    if len(short) > max(_FEW, len(ends) // 10):
        return None
    blank = sign + b'"'
    return len(ends) - sum(not utf8[starts[one] : ends[one]].strip(blank) for one in short)


def _ends(utf8: bytes) -> npt.NDArray[np.int64]:
    """Return where records end: at line ends outside quotation marks, and at the end of the last one."""
    codes, found, is_inside = np.frombuffer(utf8, np.uint8), [], np.uint8(0)
    has_marks = b'"' in utf8
    for at in range(0, len(codes), _PIECE):
        piece = codes[at : at + _PIECE]
        is_end = piece == _END
        if has_marks:
            marks = np.cumsum(piece == _QUOTE, dtype=np.uint8) + is_inside
            is_end &= marks & 1 == 0
            is_inside = marks[-1] & 1
        found.append(np.flatnonzero(is_end) + at)
    if utf8 and not utf8.endswith(b"\n"):
        found.append(np.array([len(utf8)]))
    return np.concatenate(found) if found else np.array([], dtype=np.int64)


def of_firsts(firsts: list[int | None], read: Read) -> Filled:
    """Count rows by the number of the first filled cell of each; None for a blank row."""
    below = [first for first in firsts[read.header :] if first is not None]
    beyond = 0 if read.last is None else sum(first > read.last for first in below)
    return Filled(len(below) - beyond, beyond)


def of_workbook(book: Workbook, sheet: str, read: Read, width: int) -> Filled | None:
    """Count the filled rows of a workbook's sheet; None of a workbook older than Excel 97.

    Args:
        book: The workbook.
        sheet: Name of the sheet.
        read: What its reader found.
        width: Columns of the sheet.
    """
    try:
        if book.package is None:
            return _of_marks(book, sheet, read, width)
        return _of_part(book.package, sheet, read) if sheet in book.package.parts else None
    except (ValueError, struct.error, IndexError, expat.ExpatError):  # what calamine passes over: its word stands alone
        return None


def _of_part(package: Package, sheet: str, read: Read) -> Filled:
    xml = package.xml(sheet)
    if xml.count(b"<row ") == read.n_rows or filled_xlsx.n_valued(xml) == read.n_rows:
        return Filled(read.n_below)
    return of_firsts(filled_xlsx.firsts(package, sheet), read)


def _of_marks(book: Workbook, sheet: str, read: Read, width: int) -> Filled | None:
    """Count rows by the marks of all cells: formulas that show nothing may stand in a row that is blank or not."""
    cells = read_marks(book, sheet, frozenset(range(width))).cells.filter(pl.col("row") > read.header)
    if cells.is_empty() and read.n_below:
        return None
    is_read = pl.col("column") <= (width if read.last is None else read.last)
    says = ~pl.col("is_formula") | ~pl.col("kind").is_in([TEXT, EMPTY])
    within = cells.filter(is_read)
    most, least = within["row"].n_unique(), within.filter(says)["row"].n_unique()
    beyond = cells.filter(~is_read & says).join(within, on="row", how="anti")["row"].n_unique()
    return Filled(min(max(read.n_below, least), most), beyond)
