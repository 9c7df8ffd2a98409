"""Tables written as JSON: a list of rows, or a document whose only list holds the objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import orjson
import polars as pl

from melflow.core.names import fold
from melflow.sources import cell_marks, filled_rows
from melflow.sources.cell_marks import Marks
from melflow.sources.json_rows import read_json
from melflow.sources.tables import Sheet, Tables

if TYPE_CHECKING:
    from melflow.sources.filled_rows import Filled, Read
    from melflow.sources.payload import Origin

_NEXT_BYTES = 4096  # after the first line, in which another one is looked for
_SHOWN = 10  # keys that an error names


class _Lists:
    """The one sheet of a list of rows."""

    hidden = False
    reader = "json"

    def __init__(self, rows: list[list[Any]]) -> None:
        width = max(map(len, rows))
        texts = [[_text(cell) for cell in row] + [None] * (width - len(row)) for row in rows]
        self._firsts = [next((n for n, cell in enumerate(row) if cell not in (None, "")), None) for row in rows]
        self._frame = pl.DataFrame(texts, schema={f"c{number}": pl.String for number in range(width)}, orient="row")

    @staticmethod
    def marks(rows: list[list[Any]]) -> Marks:
        """Return which cells are numbers of JSON, whose point is a point whatever the source's decimal sign."""
        return Marks(
            cell_marks.frame(
                (number, place, cell_marks.NUMBER, float(cell), None, False, None)
                for number, row in enumerate(rows, 1)
                for place, cell in enumerate(row)
                if type(cell) in (int, float)
            )
        )

    def head(self, n_rows: int) -> pl.DataFrame:
        """Return the first rows."""
        return self._frame.head(n_rows)

    def read(self, last: int | None = None) -> pl.DataFrame:
        """Return all cells, of the columns up to ``last`` where that is given."""
        return self._frame if last is None else self._frame[:, : last + 1]

    def filled(self, read: Read) -> Filled:
        """Count the rows with something in them in the list."""
        return filled_rows.of_firsts(self._firsts, read)


def unwrapped(origin: Origin, content: bytes, mapped: Mapping[str, str]) -> tuple[bytes, Tables | None]:
    """Return the list inside a document as bytes, or its rows where they are lists themselves.

    Args:
        origin: The payload.
        content: JSON; what is none, or JSON Lines, comes back as it is, for the reader to judge.
        mapped: Meaning -> key; a document that has one of these keys itself is an object, not a wrapping.

    Raises:
        SourceError: A document holds none of the keys, and several lists, of which nobody said which, or no list.
    """
    start = content.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start[:1] == b"[" and start[1:].lstrip()[:1] != b"[":
        return content, None
    if _is_lines(start):
        return content, None
    try:
        document = orjson.loads(start)
    except orjson.JSONDecodeError:
        return content, None
    if isinstance(document, dict):
        lists = [value for value in document.values() if isinstance(value, list)]
        if not {fold(text) for text in mapped.values()}.isdisjoint(map(fold, document)):
            return content, None
        if len(lists) != 1 and not mapped and b"\n" not in start.strip():  # one line of JSON Lines, before it is mapped
            return content, None
        if len(lists) != 1:
            raise origin.error(
                "JSON is one list of rows, or has an object with the mapped columns on each line",
                f"one object with {len(lists) or 'no'} lists and none of these columns: {_named(document)}",
                "Keep the list that is meant, or export the rows alone, as a list or as JSON Lines.",
            )
        document, content = lists[0], orjson.dumps(lists[0])
    if not document or not all(isinstance(row, list) for row in document):
        return content, None
    return content, Tables((Sheet("", _Lists(document)),), stored=_Lists.marks(document), corrector=origin.corrector)


def table_of_rows(origin: Origin, content: bytes, mapped: Mapping[str, str]) -> Tables:
    """Return a list of rows as a table.

    Raises:
        SourceError: It is a list of something else, or none.
    """
    tables = unwrapped(origin, content, mapped)[1]
    if tables is None:
        raise origin.error(
            "JSON of results is a list of rows, [[…], […]], the header one of them",
            "something else, or a list that is cut off",
            "Export the data as a workbook, as CSV, or as a list of rows.",
        )
    return tables


def _is_lines(start: bytes) -> bool:
    """Return whether the first line is a whole object and something follows: then all of it is no document."""
    end = start.find(b"\n")
    if start[:1] != b"{" or end < 0 or not start[end : end + _NEXT_BYTES].strip():
        return False
    try:
        orjson.loads(start[:end])
    except orjson.JSONDecodeError:
        return False
    return True


def objects(origin: Origin, content: bytes) -> Tables:
    """Return JSON objects as a table whose header are their keys; to look at, not to read from.

    Raises:
        SourceError: A line is not JSON, or not an object.
    """
    cells = read_json(origin, content, {}).keys
    rows = read_json(origin, content, {key: key for key in cells}).cells.select(cells).rows()
    return Tables((Sheet("", _Lists([cells, *map(list, rows)])),))


def _named(document: Mapping[str, Any]) -> str:
    names = list(document)
    return ", ".join(names[:_SHOWN]) + ", …" * (len(names) > _SHOWN)


def _text(cell: Any) -> str | None:
    if cell is None or isinstance(cell, str):
        return cell or None
    return orjson.dumps(cell).decode()
