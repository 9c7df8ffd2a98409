"""What travels through this room: a payload as fetched, its origin, and what a parser makes of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from melflow.core.errors import MelflowError, SourceError

if TYPE_CHECKING:
    import polars as pl

    from melflow.core.workspace import SourceConfig

Notes = dict[str, int | str | list[str]]


@dataclass(frozen=True)
class Payload:
    """One file of a source, byte for byte.

    Attributes:
        source: Name of the source.
        origin: Path relative to the workspace, with forward slashes.
        content: The bytes.
    """

    source: str
    origin: str
    content: bytes


@dataclass(frozen=True)
class Origin:
    """Where the rows of a payload come from; becomes the provenance of every row.

    Attributes:
        source: Name of the source.
        file: Path relative to the workspace.
        load_id: ``<source>-<first 12 of sha256>``.
        landed_at: When the payload landed, UTC.
    """

    source: str
    file: str
    load_id: str
    landed_at: datetime

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
    """

    frames: dict[str, pl.DataFrame]
    notes: Notes = field(default_factory=dict)
    conflicts: list[str] = field(default_factory=list)


def fetch(config: SourceConfig, root: Path) -> Iterator[Payload]:
    """Yield the files a source's path pattern finds below the workspace, sorted by path.

    Hidden files and the lock files of office programs (``~$report.xlsx``) are passed over.
    """
    for path in sorted(root.glob(config.path)):
        relative = path.relative_to(root)
        passed_over = any(part.startswith((".", "~$")) for part in relative.parts)
        if path.is_file() and not passed_over:
            yield Payload(config.name, relative.as_posix(), path.read_bytes())
