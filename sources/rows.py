"""Rows of a log or a register: mapped columns of a sheet or of JSON objects, every cell text."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import polars as pl

from melflow.core.errors import SourceError
from melflow.core.names import fold
from melflow.sources import columns, sniff, values
from melflow.sources.json_rows import read_json
from melflow.sources.payload import Notes, Origin
from melflow.sources.tables import ROW, read_tables


def read_rows(
    origin: Origin, content: bytes, mapped: Mapping[str, str], optional: Collection[str] = ()
) -> tuple[pl.DataFrame, Notes]:
    """Return the filled rows with the mapped columns by meaning, ``__row`` and ``source_sheet``.

    A CSV file, the sheet of a workbook that has most of the columns, JSON Lines or a JSON list.

    Args:
        origin: The payload.
        content: Its bytes.
        mapped: Meaning -> header text or key in the file.
        optional: Meanings the file may lack; their column is then null.

    Returns:
        The rows, white space gone and blank cells null, and what was seen on the way.

    Raises:
        SourceError: The file cannot be read, or a mapped column is missing.
    """
    if sniff.kind(origin, content, "text", "json", "workbook", "old workbook") == "json":
        cells, notes = _from_json(origin, content, mapped, optional)
    else:
        cells, notes = _from_table(origin, content, mapped, optional)
    notes["rows_read"] = cells.height
    given = pl.exclude(ROW, "source_sheet")
    frame = cells.with_columns(values.filled(given)).filter(pl.any_horizontal(given.is_not_null()))
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


def _from_table(
    origin: Origin, content: bytes, mapped: Mapping[str, str], optional: Collection[str]
) -> tuple[pl.DataFrame, Notes]:
    tables = read_tables(origin, content)
    found = [(sheet, columns.find_header(sheet, mapped)) for sheet in tables.sheets]
    sheet, header = max(found, key=lambda one: len(one[1].columns))
    missing = [meaning for meaning in header.missing if meaning not in optional]
    if missing:
        raise SourceError.all(columns.missing_columns(origin, missing, mapped, header.texts, sheet.name))
    cells = sheet.below(header.row).select(
        ROW,
        pl.lit(sheet.name or None, pl.String).alias("source_sheet"),
        **{name: f"c{place}" for name, place in header.columns.items()},
        **{name: pl.lit(None, pl.String) for name in header.missing},
    )
    return cells, {
        "reader": tables.reader,
        "encoding": tables.encoding,
        "sheets_read": [sheet.name] if sheet.name else [],
        "unmapped_columns": [
            text for place, text in enumerate(header.texts) if text and place not in header.columns.values()
        ],
    }


def _from_json(
    origin: Origin, content: bytes, mapped: Mapping[str, str], optional: Collection[str]
) -> tuple[pl.DataFrame, Notes]:
    found = read_json(origin, content, mapped)
    lacking = [meaning for meaning in found.missing if meaning not in optional]
    if lacking and found.cells.height:
        raise SourceError.all(columns.missing_columns(origin, lacking, mapped, found.keys))
    cells = found.cells.with_columns(pl.lit(None, pl.String).alias("source_sheet"))
    return cells, {"reader": "json", "unmapped_columns": found.unmapped}
