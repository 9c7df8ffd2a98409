"""Tables in text files: separated by a comma, semicolon, tab, bar, or what the source says; every cell text."""

from __future__ import annotations

import codecs
import csv
import io
import itertools
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import polars as pl

from melflow.sources import filled_rows
from melflow.sources.encodings import decode
from melflow.sources.separators import HEAD_SIGNS, separator

if TYPE_CHECKING:
    from melflow.sources.filled_rows import Filled, Read
    from melflow.sources.payload import Origin

_WIDEST_AMONG = 200  # rows that say how many columns there are
Schema = dict[str, type[pl.String]]


class CsvTable:
    """The one sheet of a text file.

    Attributes:
        encoding: How its text is written.
        hidden: Always false; a workbook's sheet can be.
        reader: Always ``csv``.
    """

    hidden = False
    reader = "csv"

    def __init__(
        self,
        origin: Origin,
        content: bytes,
        encoding: str | None,
        separator: str | None = None,
        expected: Iterable[str] = (),
    ) -> None:
        """Decode the bytes.

        Args:
            origin: The payload.
            content: Its bytes.
            encoding: How the text is written, where the source declares it.
            separator: What separates cells, where the source declares it.
            expected: Texts that stand in the header.

        Raises:
            SourceError: They are not in the encoding of their mark, or not in the declared one.
        """
        self._origin, self._declared, self._expected = origin, separator, expected
        try:
            text, self.encoding = decode(content, encoding)
        except UnicodeDecodeError as error:
            raise wrong_encoding(origin, error) from error
        is_plain = self.encoding == "utf-8" and not content.startswith(codecs.BOM_UTF8)
        if "\r" in text:  # an old Mac ends lines with \r alone
            text, is_plain = text.replace("\r\n", "\n").replace("\r", "\n"), False
        self._text, self._utf8 = text, content if is_plain else text.encode()

    @cached_property
    def separator(self) -> str:
        """What separates cells: as declared, else found out."""
        return self._declared or separator(self._text, self._expected)

    @cached_property
    def _width(self) -> int:
        """How many cells the widest of the first rows has."""
        records = csv.reader(io.StringIO(self._text[:HEAD_SIGNS]), delimiter=self.separator)
        try:
            return max((len(record) for record in itertools.islice(records, _WIDEST_AMONG)), default=1)
        except csv.Error:  # reading will say where
            return 1

    def head(self, n_rows: int) -> pl.DataFrame:
        """Return the first rows; of a file that is not long: all."""
        if len(self._text) <= HEAD_SIGNS:
            return self.read()
        cut = self._text[: self._text.rindex("\n", 0, HEAD_SIGNS) + 1] if "\n" in self._text[:HEAD_SIGNS] else ""
        records = csv.reader(io.StringIO(cut), delimiter=self.separator)
        try:
            rows = list(itertools.islice(records, max(n_rows, _WIDEST_AMONG)))
        except csv.Error:
            return self.read()
        width = max((len(row) for row in rows), default=1)
        filled = [[cell or None for cell in row] + [None] * (width - len(row)) for row in rows[:n_rows]]
        return pl.DataFrame(filled, schema=_schema(width), orient="row")

    def read(self, last: int | None = None) -> pl.DataFrame:
        """Return the cells, of the columns up to ``last`` only where that is given."""
        sign, schema = self.separator, _schema(self._width)
        try:
            wanted = None if last is None else list(range(min(last + 1, len(schema))))
            return pl.read_csv(
                self._utf8, has_header=False, schema=schema, columns=wanted, separator=sign,
                infer_schema=False, missing_columns="insert", quote_char='"' if '"' in self._text else None,
            )  # fmt: skip
        except pl.exceptions.PolarsError:
            return self._read_slowly(sign, schema)

    def filled(self, read: Read) -> Filled | None:
        """Count the rows with something in them in the lines of the file."""
        return filled_rows.of_text(self._utf8, self.separator, read)

    def longer(self, header: int) -> list[int]:
        """Return the numbers of rows with cells to the right of all rows down to the header.

        A separator in a text may have moved them; a remark beside the table, in a row that is blank else, has not.

        Args:
            header: Number of the last row of the header, from 1.
        """
        top = csv.reader(io.StringIO(self._text[:HEAD_SIGNS]), delimiter=self.separator)
        width = max(map(len, itertools.islice(top, header)), default=0)
        if width >= self._width:  # the reader has found that no row is longer
            return []
        records = enumerate(csv.reader(io.StringIO(self._text), delimiter=self.separator), 1)
        return [
            number
            for number, record in records
            if number > header and _has_text(record[:width]) and _has_text(record[width:])
        ]

    def _read_slowly(self, sign: str, schema: Schema) -> pl.DataFrame:
        """Read record by record what the fast reader refuses, and name the record that cannot be read."""
        rows: list[list[str]] = []
        try:
            for number, record in enumerate(csv.reader(io.StringIO(self._text), delimiter=sign, strict=True), 1):
                if _has_text(record[len(schema) :]):
                    raise self._origin.error(
                        "every row has as many cells as the header",
                        f"{len(record)} cells where the header has {len(schema)}",
                        "A text in this row contains the separator: put quotation marks around it, or export again.",
                        f"row {number}",
                    )
                rows.append([*record[: len(schema)], *[""] * (len(schema) - len(record))])
        except csv.Error as error:
            raise self._unreadable(error, len(rows)) from error
        return pl.DataFrame(rows, schema=schema, orient="row").with_columns(pl.all().replace("", None))

    def _unreadable(self, error: csv.Error, n_rows: int) -> Exception:
        if "unexpected end" in str(error):
            return self._origin.error(
                "quotation marks come in pairs",
                f"text that a quotation mark opens and nothing closes, after row {n_rows}",
                "Close the quotation mark in that row, or export the file again; it may be cut off.",
            )
        return self._origin.error(
            "a quotation mark ends its cell, and one inside a text is written twice",
            "a closing quotation mark with text behind it",
            "Write quotation marks inside texts twice, or export the file again.",
            f"row {n_rows + 1}",
        )


def wrong_encoding(origin: Origin, error: UnicodeDecodeError) -> Exception:
    """Return the error about bytes that are not in the encoding they should be in."""
    return origin.error(
        f"the text is written in {error.encoding}, as its mark or the source says",
        "bytes that are not",
        f"Correct 'encoding' in sources/{origin.source}.yml or take the line out, or save the file as CSV UTF-8.",
        f"byte {error.start + 1}",
    )


def _has_text(cells: Sequence[str]) -> bool:
    return any(cell.strip() for cell in cells)


def _schema(width: int) -> Schema:
    return {f"c{number}": pl.String for number in range(width)}
