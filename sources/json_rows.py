"""Rows of JSON Lines or of a JSON list: objects whose keys are matched like headers, every value text.

Polars reads the bytes as they came; Python looks at lines only to learn the keys and to name a line that is broken.
"""

from __future__ import annotations

import io
import itertools
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
import polars as pl

from melflow.core.names import fold
from melflow.sources.encodings import wide_encoding
from melflow.sources.filled_rows import n_lines
from melflow.sources.tables import ROW, decode

if TYPE_CHECKING:
    from melflow.core.errors import MelflowError
    from melflow.sources.payload import Origin

_N_LOOKED_AT = 1000  # lines that tell the keys; a log says the same on every line
_FIX = "Export the log again; if only this line is damaged, correct or delete it."


@dataclass(frozen=True)
class Objects:
    """The objects of a payload as rows.

    Attributes:
        cells: ``__row`` (line of JSON Lines, position in a list) and a text column per meaning, white space around it
            gone.
        keys: Keys seen.
        missing: Meanings without a key.
        unmapped: Keys nobody mapped.
        n_entries: Lines with something on them, or entries of the list, counted beside the reader.
    """

    cells: pl.DataFrame
    keys: list[str]
    missing: list[str]
    unmapped: list[str]
    n_entries: int


def read_json(origin: Origin, content: bytes, mapped: Mapping[str, str], comma: Collection[str] = ()) -> Objects:
    """Return the objects of a payload; numbers and truths become text, lists and objects their JSON.

    Args:
        origin: The payload.
        content: Its bytes: JSON Lines, or one JSON list.
        mapped: Meaning -> key.
        comma: Meanings whose texts have a decimal comma: a JSON number, whose point is no group of thousands, gets one.

    Raises:
        SourceError: A line is not JSON, or not an object.
    """
    lines = _utf8(content)
    entries = _entries(origin, lines) if lines.lstrip()[:1] == b"[" else None
    if entries is not None:
        lines = "\n".join(json.dumps(entry) for entry in entries).encode()
    keys = _keys(itertools.islice(_filled(lines), _N_LOOKED_AT))
    if _missing(mapped, keys):
        keys = _keys(_filled(lines))
    places = {fold(key): key for key in reversed(keys)}
    named = {meaning: places.get(fold(text), text) for meaning, text in mapped.items()}
    schema = dict.fromkeys(named.values(), pl.String)
    try:
        is_empty = not lines or lines.isspace()
        # taken off while a piece is at hand: a second look at all of it costs twice as much
        bare = pl.col(pl.String).str.strip_chars()
        frame = pl.DataFrame(schema=schema) if is_empty else pl.scan_ndjson(lines, schema=schema).select(bare).collect()
    except pl.exceptions.ComputeError as error:
        raise _broken(origin, lines) from error
    rows = _row_numbers(lines, frame.height) if entries is None else range(1, len(entries) + 1)
    cells = frame.select(pl.Series(ROW, rows, dtype=pl.Int64), **named)
    if comma:
        cells = _with_commas(cells, lines, {meaning: named[meaning] for meaning in comma if meaning in named})
    return Objects(cells, keys, _missing(mapped, keys), sorted(set(keys) - set(named.values())), len(rows))


def _with_commas(cells: pl.DataFrame, lines: bytes, keys: Mapping[str, str]) -> pl.DataFrame:
    """Return the cells with a decimal comma in what is a number of JSON, and not a text of digits."""
    objects = [orjson.loads(line) for _, line in _filled(lines)]
    is_number = {
        meaning: pl.Series([type(one.get(key)) in (int, float) for one in objects], dtype=pl.Boolean)
        for meaning, key in keys.items()
    }
    return cells.with_columns(
        pl.when(where).then(pl.col(meaning).str.replace(".", ",", literal=True)).otherwise(meaning).alias(meaning)
        for meaning, where in is_number.items()
    )


def _utf8(content: bytes) -> bytes:
    if content.isascii() and wide_encoding(content) is None:  # nearly every log; looking is quicker than decoding
        text, encoding = "", "utf-8"
    else:
        text, encoding = decode(content)
    lines = content.removeprefix(b"\xef\xbb\xbf") if encoding == "utf-8" else text.encode()
    return lines if b"\n" in lines else lines.replace(b"\r", b"\n")  # an old Mac ends lines with \r alone


def _filled(lines: bytes) -> Iterable[tuple[int, bytes]]:
    """Yield the lines with something on them, numbered as an editor numbers them."""
    return ((number, line) for number, line in enumerate(io.BytesIO(lines), 1) if not line.isspace())


def _row_numbers(lines: bytes, n_objects: int) -> Sequence[int]:
    """Return the number of each line with something on it; a reader that found as many as there are lines found all."""
    return range(1, n_objects + 1) if n_lines(lines) == n_objects else [number for number, _ in _filled(lines)]


def _keys(numbered: Iterable[tuple[int, bytes]]) -> list[str]:
    """Return the keys in the order they come first; a line that cannot be read has none, the reader will name it."""
    keys: dict[str, None] = {}
    for _, line in numbered:
        try:
            one = orjson.loads(line)
        except orjson.JSONDecodeError:
            continue
        keys |= dict.fromkeys(one if isinstance(one, dict) else ())
    return list(keys)


def _missing(mapped: Mapping[str, str], keys: list[str]) -> list[str]:
    known = {fold(key) for key in keys}
    return [meaning for meaning, text in mapped.items() if fold(text) not in known]


def _entries(origin: Origin, content: bytes) -> list[Any]:
    """Return the entries of a JSON list."""
    try:
        entries: list[Any] = json.loads(content)
    except json.JSONDecodeError as error:
        raise _not_json(origin, f"line {error.lineno}", error.colno) from error
    return entries


def _broken(origin: Origin, lines: bytes) -> MelflowError:
    """Return the error about the first line that is not a JSON object."""
    for number, line in _filled(lines):
        try:
            one = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            return _not_json(origin, f"row {number}", error.colno)
        if not isinstance(one, dict):
            rule = "each entry of the log is a JSON object, {...}"
            return origin.error(rule, "something else", "Export the log again.", f"row {number}")
    return origin.error("each line is one complete JSON object", "lines that cannot be read", _FIX)


def _not_json(origin: Origin, place: str, column: int) -> MelflowError:
    rule = "each line is one complete JSON object, or the file is one JSON list"
    return origin.error(rule, f"text that stops making sense at column {column}", _FIX, place)
