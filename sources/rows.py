"""Rows of a log or a register: mapped columns of a sheet or of JSON objects, every cell text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import polars as pl

from melflow.core.errors import SourceError
from melflow.core.names import fold
from melflow.sources import columns, sniff, values
from melflow.sources.payload import Notes, Origin
from melflow.sources.tables import ROW, decode, read_tables


def read_rows(origin: Origin, content: bytes, mapped: Mapping[str, str]) -> tuple[pl.DataFrame, Notes]:
    """Return the filled rows with the mapped columns by meaning, ``__row`` and ``source_sheet``.

    A CSV file, the sheet of a workbook that has most of the columns, JSON Lines or a JSON list.

    Args:
        origin: The payload.
        content: Its bytes.
        mapped: Meaning -> header text or key in the file.

    Returns:
        The rows, white space gone and blank cells null, and what was seen on the way.

    Raises:
        SourceError: The file cannot be read, or a mapped column is missing.
    """
    if sniff.kind(origin, content, "text", "json", "workbook", "old workbook") == "json":
        cells, notes = _from_json(origin, content, mapped)
    else:
        cells, notes = _from_table(origin, content, mapped)
    notes["rows_read"] = cells.height
    given = pl.exclude(ROW, "source_sheet")
    frame = cells.with_columns(values.filled(given)).filter(pl.any_horizontal(given.is_not_null()))
    notes["rows_dropped_blank"] = cells.height - frame.height  # of columns nobody mapped
    return frame.rename({ROW: "source_row"}), notes


def dated(frame: pl.DataFrame, name: str, formats: tuple[str, ...]) -> tuple[pl.DataFrame, int]:
    """Add ``name`` and ``date_precision`` from ``<name>_raw`` by the declared formats.

    What only makes sense as an Excel serial number becomes that day; the second value says how many did.
    """
    raw = pl.col(f"{name}_raw")
    declared, precision = values.date(raw, formats)
    # a date cell of a workbook always reads this way, whatever it looks like in Excel
    cell = values.local_date(raw.str.extract(r"^(\d{4}-\d{2}-\d{2}) 00:00:00$"))
    frame = frame.with_columns(
        declared=pl.coalesce(declared, cell), date_precision=precision, serial=values.excel_date(raw)
    )
    used = pl.col("declared").is_null() & pl.col("serial").is_not_null()
    serials = int(frame.select(used.sum()).item())
    day = pl.coalesce("declared", "serial")
    frame = frame.with_columns(
        day.alias(name),
        date_precision=pl.when(day.is_not_null()).then(pl.coalesce("date_precision", pl.lit("day"))),
    )
    return frame.drop("declared", "serial"), serials


def worded(frame: pl.DataFrame, name: str, words: Mapping[str, str]) -> pl.DataFrame:
    """Replace the file's words of a column by ours; a word nobody mapped stays, for the checks to hold."""
    if name not in frame.columns:
        return frame
    known = {fold(theirs): ours for theirs, ours in words.items()}
    known = {ours: ours for ours in words.values()} | known
    ours = values.folded(frame[name]).replace_strict(known, default=None, return_dtype=pl.String)
    return frame.with_columns(pl.coalesce(ours, name).alias(name))


def _from_table(origin: Origin, content: bytes, mapped: Mapping[str, str]) -> tuple[pl.DataFrame, Notes]:
    tables = read_tables(origin, content)
    found = [(sheet, columns.find_header(sheet, mapped)) for sheet in tables.sheets]
    sheet, header = max(found, key=lambda one: len(one[1].columns))
    if header.missing:
        raise SourceError.all(columns.missing_columns(origin, header.missing, mapped, header.texts, sheet.name))
    cells = sheet.below(header.row).select(
        ROW,
        pl.lit(sheet.name or None, pl.String).alias("source_sheet"),
        **{name: f"c{place}" for name, place in header.columns.items()},
    )
    return cells, {
        "reader": tables.reader,
        "encoding": tables.encoding,
        "sheets_read": [sheet.name] if sheet.name else [],
        "unmapped_columns": [
            text for place, text in enumerate(header.texts) if text and place not in header.columns.values()
        ],
    }


def _from_json(origin: Origin, content: bytes, mapped: Mapping[str, str]) -> tuple[pl.DataFrame, Notes]:
    """Read objects whose keys are the mapped headers, matched like headers; numbers and truths become text."""
    records, rows = _objects(origin, decode(content)[0])
    keys = list(dict.fromkeys(key for record in records for key in record))
    places = {fold(key): key for key in reversed(keys)}
    missing = [meaning for meaning, text in mapped.items() if fold(text) not in places]
    if missing and records:
        raise SourceError.all(columns.missing_columns(origin, missing, mapped, keys))
    named = {meaning: places.get(fold(text), text) for meaning, text in mapped.items()}
    schema = dict.fromkeys(named.values(), pl.String)
    lines = "\n".join(json.dumps(record) for record in records).encode()
    frame = pl.read_ndjson(lines, schema=schema) if records else pl.DataFrame(schema=schema)
    cells = frame.select(pl.Series(ROW, rows, dtype=pl.Int64), pl.lit(None, pl.String).alias("source_sheet"), **named)
    return cells, {"reader": "json", "unmapped_columns": sorted(set(keys) - set(named.values()))}


def _objects(origin: Origin, text: str) -> tuple[list[dict[str, Any]], list[int]]:
    """Return the objects and where they are: line numbers of JSON Lines, positions in a list."""
    numbered: list[tuple[int, Any]] = []
    try:
        if text.lstrip().startswith("["):
            numbered = list(enumerate(json.loads(text), 1))
        else:
            for number, line in enumerate(text.splitlines(), 1):
                if line.strip():
                    numbered.append((number, json.loads(line)))
    except json.JSONDecodeError as error:
        line_number = numbered[-1][0] + 1 if numbered else error.lineno
        raise origin.error(
            "each line is one complete JSON object, or the file is one JSON list",
            f"text that stops making sense at column {error.colno}",
            "Export the log again; if only this line is damaged, correct or delete it.",
            f"row {line_number}",
        ) from error
    odd = next((number for number, one in numbered if not isinstance(one, dict)), None)
    if odd is not None:
        raise origin.error(
            "each entry of the log is a JSON object, {...}", "something else", "Export the log again.", f"row {odd}"
        )
    return [one for _, one in numbered], [number for number, _ in numbered]
