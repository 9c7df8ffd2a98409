"""Logs of exchanges: CSV, workbook, JSON Lines or a JSON list; mapped columns and words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import polars as pl

from melflow.core.errors import SourceError
from melflow.core.names import fold
from melflow.sources import canonical, columns, facts, sniff, values
from melflow.sources.payload import Notes, Origin, Parsed
from melflow.sources.tables import ROW, decode, read_tables

if TYPE_CHECKING:
    from melflow.core.workspace import ActivityLogSource

_RENAMED = {"from_partner": "from_partner_raw", "to_partner": "to_partner_raw", "occurred_on": "occurred_on_raw"}
_LINKS = ("reply_to",)  # they name other rows of the same log
_SAYS = (
    "occurred_on_raw",
    "from_partner_raw",
    "to_partner_raw",
    "from_person",
    "to_person",
    "kind",
    "channel",
    "quantity_raw",
    "unit",
    "topic_id",
    "cycle_id",
    "meeting_id",
    "reply_to",
    "reported_by",
    "confirmed_by",
)


def parse(origin: Origin, content: bytes, config: ActivityLogSource) -> Parsed:
    """Return the exchanges of a log.

    Raises:
        SourceError: The file cannot be read, or a mapped column is missing.
    """
    mapped = {str(meaning): header for meaning, header in config.columns.items()}
    if sniff.kind(origin, content, "text", "json", "workbook", "old workbook") == "json":
        cells, notes = _from_json(origin, content, mapped)
    else:
        cells, notes = _from_table(origin, content, mapped)
    frame = cells.with_columns(values.filled(pl.exclude(ROW, "source_sheet"))).rename(_RENAMED, strict=False)
    frame = frame.filter(pl.any_horizontal(pl.exclude(ROW, "source_sheet").is_not_null()))
    frame, serials = _dated(frame, config.date_formats)
    frame = _counted(_worded(frame, config), config)
    if config.partner and "reported_by" not in frame.columns:
        frame = frame.with_columns(reported_by=pl.lit(config.partner))
    links = [(pl.lit(f"{origin.source}:") + pl.col(name)).alias(name) for name in _LINKS if name in frame.columns]
    rows = _complete(frame.with_columns(links).rename({ROW: "source_row"}))
    rows = rows.with_columns(content_hash=values.joined(*_SAYS), is_current=pl.lit(True))
    notes |= {"rows_read": cells.height, "excel_serial_dates": serials}
    return facts.assemble(origin, "src_exchange", "exchange_id", "x", rows, values.joined(*_SAYS), notes)


def _complete(frame: pl.DataFrame) -> pl.DataFrame:
    wanted = canonical.EXCHANGE | canonical.PROVENANCE
    return frame.select(
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in wanted.items()
    )


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


def _dated(frame: pl.DataFrame, formats: tuple[str, ...]) -> tuple[pl.DataFrame, int]:
    """Parse dates by the declared formats; what only makes sense as an Excel serial number becomes that day."""
    raw = pl.col("occurred_on_raw")
    declared, precision = values.date(raw, formats)
    # a date cell of a workbook always reads this way, whatever it looks like in Excel
    cell = values.local_date(raw.str.extract(r"^(\d{4}-\d{2}-\d{2}) 00:00:00$"))
    frame = frame.with_columns(
        declared=pl.coalesce(declared, cell), date_precision=precision, serial=values.excel_date(raw)
    )
    used = pl.col("declared").is_null() & pl.col("serial").is_not_null()
    serials = int(frame.select(used.sum()).item())
    day = pl.lit("day")
    frame = frame.with_columns(
        occurred_on=pl.coalesce("declared", "serial"),
        date_precision=pl.when(pl.coalesce("declared", "serial").is_not_null()).then(
            pl.coalesce("date_precision", day)
        ),
    )
    return frame.drop("declared", "serial"), serials


def _worded(frame: pl.DataFrame, config: ActivityLogSource) -> pl.DataFrame:
    """Replace the log's words by ours; a word nobody mapped stays, for the checks to hold."""
    for name, words in (("kind", config.kinds), ("channel", config.channels), ("unit", config.units)):
        if name in frame.columns:
            said = values.folded(frame[name])
            known = {fold(theirs): ours for theirs, ours in words.items()}
            known = {ours: ours for ours in words.values()} | known
            ours = said.replace_strict(known, default=None, return_dtype=pl.String)
            frame = frame.with_columns(pl.coalesce(ours, name).alias(name))
    return frame


def _counted(frame: pl.DataFrame, config: ActivityLogSource) -> pl.DataFrame:
    """Parse quantities; in a log without quantity and unit each row is one event."""
    if "quantity" in frame.columns:
        raw = pl.col("quantity")
        frame = frame.with_columns(quantity_raw=raw, quantity=values.number(raw, config.decimal))
    elif "unit" not in frame.columns:
        frame = frame.with_columns(quantity=pl.lit(1.0), unit=pl.lit("events"))
    return frame
