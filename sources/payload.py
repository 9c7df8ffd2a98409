"""What travels through this room: a payload as fetched, its origin, and what a parser makes of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

from melflow.core.errors import MelflowError, SourceError

if TYPE_CHECKING:
    import polars as pl

    from melflow.core.calendar import Period
    from melflow.core.landing import Landing
    from melflow.core.names import PartnerNames
    from melflow.sources.corrections import Corrector

Notes = dict[str, int | str | list[str] | dict[str, int] | dict[str, str]]
#: Note of the names that belong to no partner and whose rows were therefore left out, with how often each came.
UNPLACED = "names_unplaced"
#: Notes that count rows which do not become facts begin so: totals, remarks below the table, blank ones.
DROPPED = "rows_dropped_"
#: Note of the questions whose answers are lists or objects, with how many: kept as their JSON.
NESTED = "answers_nested"
#: Note of the column that each meaning, or item of a form, was read from: ``<sheet>!<meaning>`` -> letters.
COLUMNS = "columns_read"


@dataclass(frozen=True)
class Payload:
    """What a source hands over at once, byte for byte.

    Attributes:
        source: Name of the source.
        origin: Path relative to the workspace, with forward slashes, or address without its secrets.
        content: The bytes.
        cursor: Where the source goes on after this payload; its connector's own words, empty for none.
    """

    source: str
    origin: str
    content: bytes
    cursor: str = ""


@dataclass(frozen=True)
class Standing:
    """What a source offers still, and landed before: named, and not fetched again.

    Attributes:
        origin: Path or address of it.
        landing: What it landed as.
    """

    origin: str
    landing: Landing


@dataclass(frozen=True)
class Context:
    """What a reader of people and meetings needs to know of the alliance.

    Attributes:
        names: Who is who.
        periods: The alliance's calendar; nothing outside it is read. Empty: everything is.
        time_zone: Of the alliance: the day of what is written in UTC.
    """

    names: PartnerNames
    periods: tuple[Period, ...] = ()
    time_zone: str = "UTC"

    def covers(self, day: date) -> bool:
        """Say whether a day is inside the alliance's calendar."""
        return not self.periods or self.periods[0].starts_on <= day <= self.periods[-1].ends_on


@dataclass(frozen=True)
class Origin:
    """Where the rows of a payload come from; becomes the provenance of every row.

    Attributes:
        source: Name of the source.
        file: Path relative to the workspace.
        load_id: ``<source>-<first 12 of sha256>``.
        landed_at: When the payload landed, UTC.
        corrector: What is known to be wrong in it; None for nothing.
    """

    source: str
    file: str
    load_id: str
    landed_at: datetime
    corrector: Corrector | None = field(default=None, compare=False, repr=False)

    def error(self, rule: str, seen: str, fix: str, place: str = "") -> MelflowError:
        """Return the error about this file; ``place`` is a sheet, row or cell inside it."""
        return SourceError.of("!".join(part for part in (self.file, place) if part), rule, seen, fix)


@dataclass(frozen=True)
class Parsed:
    """What a parser made of one payload.

    Attributes:
        frames: Canonical tables by name, conformed, with provenance.
        notes: What was seen and dropped on the way; counts and names, never values.
        conflicts: row_id of rows with the same key and different content and no link between them: to be held.
        met: What corrections met (``corrections.MET``); None without any.
    """

    frames: dict[str, pl.DataFrame]
    notes: Notes = field(default_factory=dict)
    conflicts: list[str] = field(default_factory=list)
    met: pl.DataFrame | None = None
