"""Rows of a log or a register: mapped columns of a sheet or of JSON objects, every cell text."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

import polars as pl

from melflow.core.errors import SourceError
from melflow.core.names import fold
from melflow.sources import columns, json_table, sheet_body, sniff, values
from melflow.sources.cell_marks import stored_numbers
from melflow.sources.columns import Header
from melflow.sources.json_rows import read_json
from melflow.sources.payload import COLUMNS, Notes, Origin
from melflow.sources.sheet_body import Body
from melflow.sources.tables import ROW, Sheet, Tables, read_tables

if TYPE_CHECKING:
    from melflow.core.workspace.source_base import TableSource

_NOTES_FROM_COLUMNS = 3  # with fewer, a row with one cell may well be data


def read_rows(
    origin: Origin,
    content: bytes,
    mapped: Mapping[str, str],
    optional: Collection[str] = (),
    config: TableSource | None = None,
    numbers: Collection[str] = (),
) -> tuple[pl.DataFrame, Notes]:
    """Return the filled rows with the mapped columns by meaning, ``source_row`` and ``source_sheet``.

    A CSV file, the sheet of a workbook that has most of the columns, JSON Lines or a JSON list, of objects or of rows.

    Args:
        origin: The payload.
        content: Its bytes.
        mapped: Meaning -> header text or key in the file.
        optional: Meanings the file may lack; their column is then null.
        config: The source, for its encoding, words of totals, hidden rows and decimal sign.
        numbers: Meanings whose cells are numbers: a number cell is then spelled exactly, with that decimal sign.

    Returns:
        The rows, white space gone and blank cells null, and what was seen on the way.

    Raises:
        SourceError: The file cannot be read, or a mapped column is missing.
    """
    if sniff.kind(origin, content, "text", "json", "workbook", "old workbook") == "json":
        content, rows_of_lists = json_table.unwrapped(origin, content, mapped)
        if rows_of_lists is None:
            comma = numbers if getattr(config, "decimal", ".") == "," else ()
            cells, notes = _from_json(origin, content, mapped, optional, comma)
        else:
            cells, notes = _from_table(origin, rows_of_lists, mapped, optional, config, numbers)
            notes.pop(COLUMNS)  # a list has no letters
    else:
        tables = read_tables(origin, content, config, mapped.values())
        cells, notes = _from_table(origin, tables, mapped, optional, config, numbers)
    frame = cells.filter(pl.any_horizontal(pl.col(_given(cells)).is_not_null()))
    # filled in columns nobody mapped, between the mapped ones or to the right of them
    notes["rows_dropped_blank"] = cells.height - frame.height + int(str(notes.get("rows_dropped_blank", 0)))
    return frame.rename({ROW: "source_row"}), notes


def dated(
    frame: pl.DataFrame, name: str, formats: tuple[str, ...], notes: Notes | None = None
) -> tuple[pl.DataFrame, int]:
    """Add ``name`` and ``date_precision`` from ``<name>_raw`` by the declared formats.

    What only makes sense as an Excel serial number becomes that day; the second value says how many did. The notes of
    the reader say whether such numbers count from 1904.
    """
    raw = pl.col(f"{name}_raw")
    declared, precision = values.date(raw, formats)
    # a date cell of a workbook always reads this way, whatever it looks like in Excel
    cell = values.local_date(raw.str.extract(r"^(\d{4}-\d{2}-\d{2}) \d{2}:\d{2}:\d{2}(\.\d+)?$"))
    from_1904 = bool(notes and notes.get(sheet_body.FROM_1904))
    distinct = frame.select(raw.unique()).with_columns(
        declared=pl.coalesce(declared, cell),
        date_precision=precision,
        serial=values.excel_date(raw, from_1904=from_1904),
    )
    frame = frame.join(distinct, on=f"{name}_raw", how="left", nulls_equal=True, maintain_order="left")
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
    spelled = {text: known.get(fold(text), text) for text in frame[name].drop_nulls().unique()}
    return frame.with_columns(pl.col(name).replace_strict(spelled, default=None, return_dtype=pl.String))


def _from_table(
    origin: Origin,
    tables: Tables,
    mapped: Mapping[str, str],
    optional: Collection[str],
    config: TableSource | None,
    numbers: Collection[str],
) -> tuple[pl.DataFrame, Notes]:
    sheet, header = _fullest(origin, tables, mapped, skip_hidden=config is not None and config.hidden == "skip")
    needed = {meaning: text for meaning, text in mapped.items() if meaning not in optional or meaning in header.columns}
    problems = columns.header_problems(origin, header, needed, sheet.name)
    if problems:
        raise SourceError.all(problems)
    body = sheet_body.read_body(tables, sheet, header, config, numbers)
    exact = [_spelled(body, header, name, config) for name in numbers if name in header.columns]
    rows = body.rows.with_columns(exact).with_columns(
        pl.lit(sheet.name or None, pl.String).alias("source_sheet"),
        *(pl.lit(None, pl.String).alias(name) for name in header.missing),
    )
    n_rows = _rows_above_notes(rows.select(*header.columns))
    notes = sheet_body.told(tables, [(sheet, header, body)], [one for one in tables.sheets if one is not sheet])
    notes |= sheet_body.told_notes([(sheet, header, rows.slice(n_rows))])
    return values.all_filled(rows.head(n_rows), _given(rows)), notes


def _given(cells: pl.DataFrame) -> list[str]:
    return [name for name in cells.columns if name not in (ROW, "source_sheet")]


def _fullest(origin: Origin, tables: Tables, mapped: Mapping[str, str], *, skip_hidden: bool) -> tuple[Sheet, Header]:
    """Return the sheet with most of the columns; one that cannot be read counts only when no other fits.

    Raises:
        SourceError: No sheet can be read.
    """
    best: tuple[Sheet, Header] | None = None
    broken: SourceError | None = None
    for sheet in tables.sheets:
        try:
            if skip_hidden and sheet.hidden:
                continue
            header = columns.find_header(sheet, mapped)
        except SourceError as error:
            broken = broken or error
            continue
        if best is None or len(header.columns) > len(best[1].columns):
            best = sheet, header
    if best is None or (broken is not None and best[1].missing):
        raise broken or origin.error(
            "a workbook has a sheet that is read", "hidden sheets only",
            f"Show the sheet, or take 'hidden: skip' out of sources/{origin.source}.yml.",
        )  # fmt: skip
    return best


def _spelled(body: Body, header: Header, name: str, config: TableSource | None) -> pl.Series:
    """Return a column of numbers, its number cells spelled exactly and with the source's decimal sign."""
    stored = stored_numbers(body.marks.of(header.columns[name], body.rows[ROW]), body.rows[name])
    text = pl.col("number").cast(pl.String).str.replace(r"\.0$", "")
    if getattr(config, "decimal", ".") == ",":
        text = text.str.replace(".", ",", literal=True)
    exact = stored.to_frame().select(text.alias(name)).to_series()
    return body.rows.select(pl.coalesce(exact, name).alias(name)).to_series()


def _rows_above_notes(cells: pl.DataFrame) -> int:
    """Return how many rows stand above the notes below a table: last rows with one cell each, where rows have more."""
    if cells.width < _NOTES_FROM_COLUMNS:
        return cells.height
    full = cells.select(pl.sum_horizontal(pl.all().is_not_null()) > 1).to_series().arg_true()
    return cells.height if full.is_empty() else int(full[-1]) + 1


def _from_json(
    origin: Origin, content: bytes, mapped: Mapping[str, str], optional: Collection[str], comma: Collection[str]
) -> tuple[pl.DataFrame, Notes]:
    found = read_json(origin, content, mapped, comma)
    lacking = [meaning for meaning in found.missing if meaning not in optional]
    if lacking and found.cells.height:
        raise SourceError.all(columns.missing_columns(origin, lacking, mapped, found.keys))
    notes: Notes = {
        "reader": "json",
        "unmapped_columns": found.unmapped,
        "rows_read": found.cells.height,
        "rows_at_source": found.n_entries,
    }
    cells = values.without_blank(found.cells, _given(found.cells))
    if origin.corrector is not None:
        cells, _, notes["rows_dropped_corrections"] = origin.corrector.rows(None, found.cells, mapped)
        cells = values.all_filled(cells, _given(cells))
    return cells.with_columns(pl.lit(None, pl.String).alias("source_sheet")), notes
