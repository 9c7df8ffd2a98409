"""How many rows of a sheet have something in them, counted in the bytes of the file and not by who reads its cells.

The number of rows that the reader found is a shortcut only: where a quick count of lines or row elements comes to the
same, nothing is blank and no closer look is needed. Where it does not (blank rows, lines inside cells), rows are looked
at one by one, and the reader's number has no part in it.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from melflow.sources.cell_marks import EMPTY, TEXT, column_number, read_marks

if TYPE_CHECKING:
    from melflow.sources.workbook import Workbook

_PIECE, _END = 1 << 18, ord("\n")
_PREFIX = rb"(?:\w+:)?"
_ROW = re.compile(rb"<%srow(\s[^>]*)?(?<!/)>(.*?)</%srow>" % (_PREFIX, _PREFIX), re.DOTALL)
_ROW_NUMBER = re.compile(rb'\br="(\d+)"')
#: A cell with a value: its attributes, its value or the text inside it.
_CELL = re.compile(
    rb"<%sc\b([^>]*)(?<!/)>\s*(?:<%sf(?:[^>]*/>|[^>]*>[^<]*</%sf>)\s*)?(?:<%sv[^>]*>([^<]+)<|<%sis>(.*?)</%sis>)"
    % ((_PREFIX,) * 6),
    re.DOTALL,
)
_SHARED = re.compile(rb"<%ssi(?:\s[^>]*)?(?:/>|>(.*?)</%ssi>)" % (_PREFIX, _PREFIX), re.DOTALL)
_SAYS = re.compile(rb"<%st(?:\s[^>]*)?>[^<]" % _PREFIX)


@dataclass(frozen=True)
class Read:
    """What the reader of a sheet looked at, and what it found there.

    Attributes:
        header: Number of the last row of the header, from 1: rows are counted below it.
        n_above: Rows with something in them down to there.
        n_below: Rows with something in them below it.
        last: Number of the last column that was read, from 0; None: all.
    """

    header: int
    n_above: int
    n_below: int
    last: int | None = None

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


def _n_empty_lines(content: bytes) -> int:
    """Return how many lines hold nothing at all: a blank line under a title is no reason to look at every row."""
    codes = np.frombuffer(content, np.uint8)
    n_empty = int(content.startswith(b"\n"))
    for at in range(0, len(codes), _PIECE):
        is_end = codes[at : at + _PIECE + 1] == _END
        n_empty += int(np.count_nonzero(is_end[1:] & is_end[:-1]))
    return n_empty


def of_text(utf8: bytes, separator: str, read: Read) -> Filled | None:
    """Count the filled rows of a text file; None where Python's own reader cannot tell rows apart."""
    if n_lines(utf8) - _n_empty_lines(utf8) == read.n_rows:
        return Filled(read.n_below)
    try:
        firsts = [
            next((place for place, cell in enumerate(record) if cell), None)
            for record in csv.reader(io.StringIO(utf8.decode(), newline=""), delimiter=separator)
        ]
    except csv.Error:
        return None
    return of_firsts(firsts, read)


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
    if book.package is None:
        return _of_marks(book, sheet, read, width)
    if sheet not in book.package.parts:
        return None
    xml = book.package.xml(sheet)
    if xml.count(b"<row ") + xml.count(b"<row>") == read.n_rows:
        return Filled(read.n_below)
    blank = {number for number, text in enumerate(_SHARED.findall(book.package.strings)) if not _SAYS.search(text)}
    by_pattern = of_firsts(list(_firsts(xml, blank)), read)
    if by_pattern.within == read.n_below:
        return by_pattern
    by_element = _of_marks(book, sheet, read, width)  # what no pattern knows, an odd writer may have written
    return by_element if by_element and by_element.within == read.n_below else by_pattern


def _firsts(xml: bytes, blank: set[int]) -> Iterator[int | None]:
    """Yield the number of the first filled cell of each row, of those that the sheet leaves out too."""
    number = 0
    for attributes, cells in _ROW.findall(xml):
        told = _ROW_NUMBER.search(attributes)
        this = int(told[1]) if told else number + 1
        yield from [None] * (this - number - 1)
        number = this
        yield next((place for place in _places(cells, blank)), None)


def _places(cells: bytes, blank: set[int]) -> Iterator[int]:
    for order, (attributes, value, inside) in enumerate(_CELL.findall(cells)):
        is_blank = b't="s"' in attributes and value.isdigit() and int(value) in blank
        if (value and not is_blank) or (inside and _SAYS.search(inside)):
            place = re.search(rb'\br="([A-Z]+)', attributes)
            yield column_number(place[1].decode()) if place else order


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
