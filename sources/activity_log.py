"""Logs of exchanges: CSV, workbook, JSON Lines or a JSON list; mapped columns and words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from melflow.sources import canonical, facts, values
from melflow.sources.payload import Origin, Parsed
from melflow.sources.rows import dated, read_rows, worded

if TYPE_CHECKING:
    from melflow.core.workspace import ActivityLogSource

_RENAMED = {"from_partner": "from_partner_raw", "to_partner": "to_partner_raw", "occurred_on": "occurred_on_raw"}
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


def parse(origin: Origin, content: bytes, config: ActivityLogSource) -> Parsed:
    """Return the exchanges of a log.

    Raises:
        SourceError: The file cannot be read, or a mapped column is missing.
    """
    mapped = {str(meaning): header for meaning, header in config.columns.items()}
    frame, notes = read_rows(origin, content, mapped, config=config, numbers=("quantity",))
    constants = {str(meaning): text for meaning, text in config.constants.items()}
    frame = frame.with_columns(**{name: pl.lit(text) for name, text in constants.items()})
    # a constant date is written as in every workspace file, whatever the log's own formats
    formats = (_ISO,) if "occurred_on" in constants else config.date_formats
    frame, serials = dated(frame.rename(_RENAMED, strict=False), "occurred_on", formats, notes)
    for name, words in (("kind", config.kinds), ("channel", config.channels), ("unit", config.units)):
        frame = worded(frame, name, dict(words))
    frame = _counted(frame, config)
    if config.partner and "reported_by" not in frame.columns:
        frame = frame.with_columns(reported_by=pl.lit(config.partner))
    links = [(pl.lit(f"{origin.source}:") + pl.col(name)).alias(name) for name in _LINKS if name in frame.columns]
    rows = _complete(frame.with_columns(links))
    rows = rows.with_columns(content_hash=values.joined(*_SAYS), is_current=pl.lit(True))
    notes["excel_serial_dates"] = serials
    return facts.assemble(origin, "src_exchange", "exchange_id", "x", rows, values.joined(*_SAYS), notes)


def _complete(frame: pl.DataFrame) -> pl.DataFrame:
    wanted = canonical.EXCHANGE | canonical.PROVENANCE
    return frame.select(
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in wanted.items()
    )


def _counted(frame: pl.DataFrame, config: ActivityLogSource) -> pl.DataFrame:
    """Parse quantities; in a log without quantity and unit each row is one event."""
    if "quantity" in frame.columns:
        raw = pl.col("quantity")
        frame = frame.with_columns(quantity_raw=raw, quantity=values.number(raw, config.decimal))
    elif "unit" not in frame.columns:
        frame = frame.with_columns(quantity=pl.lit(1.0), unit=pl.lit("events"))
    return frame
