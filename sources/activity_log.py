"""Exchanges out of logs: rows with mapped columns and words, calendars, chats, activities of IATI."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from melflow.sources import calendar_file, canonical, chat_file, facts, iati_file, values
from melflow.sources.payload import Context, Notes, Origin, Parsed
from melflow.sources.rows import dated, read_rows, worded

if TYPE_CHECKING:
    from melflow.core.workspace import ActivityLogSource

_ROLES = ("agenda_setter", "host", "payer")
_RENAMED = {name: f"{name}_raw" for name in ("from_partner", "to_partner", "occurred_on", *_ROLES)}
_ISO = "%Y-%m-%d"
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


def parse(origin: Origin, content: bytes, config: ActivityLogSource, context: Context) -> Parsed:
    """Return the exchanges of a log, and the money of IATI activities as lines of the budget register.

    Raises:
        SourceError: The file cannot be read, or a mapped column is missing.
    """
    match config.format:
        case "rows":
            frame, notes = _rows(origin, content, config)
        case "calendar":
            frame, notes = calendar_file.read(origin, content, config, context)
        case "chat":
            frame, notes = chat_file.read(origin, content, config, context)
        case "iati":
            activities = iati_file.read(origin, content, config, context)
            exchanges = _exchanges(origin, activities.exchanges, config, activities.notes)
            return iati_file.with_money(origin, exchanges, activities)
    return _exchanges(origin, frame, config, notes)


def _rows(origin: Origin, content: bytes, config: ActivityLogSource) -> tuple[pl.DataFrame, Notes]:
    mapped = {str(meaning): header for meaning, header in config.columns.items()}
    frame, notes = read_rows(origin, content, mapped, config=config, numbers=("quantity",))
    constants = {str(meaning): text for meaning, text in config.constants.items()}
    frame = frame.with_columns(**{name: pl.lit(text) for name, text in constants.items()})
    # a constant date is written as in every workspace file, whatever the log's own formats
    formats = (_ISO,) if "occurred_on" in constants else config.date_formats
    frame, serials = dated(frame.rename(_RENAMED, strict=False), "occurred_on", formats, notes)
    for name, words in (("kind", config.kinds), ("channel", config.channels), ("unit", config.units)):
        frame = worded(frame, name, dict(words))
    return _counted(frame, config), notes | {"excel_serial_dates": serials}


def _exchanges(origin: Origin, frame: pl.DataFrame, config: ActivityLogSource, notes: Notes) -> Parsed:
    if config.partner and "reported_by" not in frame.columns:
        frame = frame.with_columns(reported_by=pl.lit(config.partner))
    links = [(pl.lit(f"{origin.source}:") + pl.col(name)).alias(name) for name in _LINKS if name in frame.columns]
    # a role counts only where the log has it: logs without keep the ids they were given by their content
    says = values.joined(*_SAYS, *(f"{name}_raw" for name in _ROLES if f"{name}_raw" in frame.columns))
    rows = _complete(frame.with_columns(links)).with_columns(content_hash=says, is_current=pl.lit(True))
    return facts.assemble(origin, "src_exchange", "exchange_id", "x", rows, says, notes, acts=True)


def _complete(frame: pl.DataFrame) -> pl.DataFrame:
    wanted = canonical.EXCHANGE | canonical.PROVENANCE
    return frame.select(
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in wanted.items()
    )


def _counted(frame: pl.DataFrame, config: ActivityLogSource) -> pl.DataFrame:
    """Parse quantities; in a log without quantity and unit each row is one event."""
    if "quantity" in frame.columns:
        quantity = values.numbers(frame["quantity"], config.decimal)
        frame = frame.with_columns(quantity_raw=pl.col("quantity"), quantity=quantity)
    elif "unit" not in frame.columns:
        frame = frame.with_columns(quantity=pl.lit(1.0), unit=pl.lit("events"))
    return frame
