"""Landing store: every payload received, byte for byte, under its SHA-256, with a ledger. The only truth.

The ledger is SQLite, not the warehouse, because the warehouse can be rebuilt from it and be thrown away.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from melflow.core.errors import TerminalError

_DDL = """
create table if not exists landing (
    source text not null,
    sha256 text not null,
    origin text not null,      -- path in the workspace, or address, it came from
    size_bytes integer not null,
    landed_at text not null,   -- UTC, ISO 8601
    cursor text not null default '',  -- where the source goes on after this payload; its connector's own words
    again_at text not null default '',  -- UTC; when it came again in the place of a later payload of its origin
    place text not null default '',  -- the origin once more, where the same bytes had landed from another one before
    primary key (source, sha256, place)
) strict
"""
#: How long to wait until the ledger of a folder is asked again that others make at the same moment.
_AGAIN_SECONDS = 0.02
_COLUMNS = "source, sha256, origin, size_bytes, landed_at, cursor, again_at"


@dataclass(frozen=True)
class Landing:
    """One payload received from one source.

    Attributes:
        source: Name of the source.
        origin: Where it came from, relative to the workspace.
        sha256: Of the bytes, hexadecimal.
        size_bytes: Length of the payload.
        landed_at: When it was stored, UTC.
        cursor: Where the source goes on after this payload; its connector's own words, empty for none.
        again_at: When it came again, in the place of a later payload of its origin: a file put back as it was.
        place: The origin once more, where the same bytes had landed from another one before; empty otherwise.
    """

    source: str
    origin: str
    sha256: str
    size_bytes: int
    landed_at: datetime
    cursor: str = ""
    again_at: datetime | None = None
    place: str = ""

    @property
    def newest_at(self) -> datetime:
        """Since when its origin holds these bytes, as far as anybody saw."""
        return self.again_at or self.landed_at

    @property
    def load_id(self) -> str:
        """The name rows of this payload carry: the same whenever the same bytes are loaded again."""
        name = hashlib.sha256(f"{self.sha256} {self.place}".encode()).hexdigest() if self.place else self.sha256
        return f"{self.source}-{name[:12]}"


class LandingStore:
    """Payloads below one folder; safe for several threads and processes.

    Args:
        folder: Where they are; made when absent.
        busy_seconds: How long to wait for another process that writes the ledger; then sqlite3.OperationalError.
    """

    def __init__(self, folder: Path, busy_seconds: float = 60) -> None:
        self._folder = folder
        self._busy_seconds = busy_seconds
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)
        self._prepare()

    def land(
        self, source: str, origin: str, content: bytes, cursor: str = "", *, by_origin: bool = False
    ) -> tuple[Landing, bool]:
        """Store the bytes, then write the ledger row.

        A crash between the two leaves bytes without a row; the next run lands them again, to the same place.

        Args:
            source: Name of the source.
            origin: Path in the workspace, or address without its secrets.
            content: The bytes.
            cursor: Where the source goes on after this payload; the newest one is kept when the bytes are known.
            by_origin: Rows stand as long as their file does: the same bytes from another origin are another payload.

        Returns:
            The landing, and whether it is new: the same bytes from the same source land once, or once per origin.
        """
        sha256 = hashlib.sha256(content).hexdigest()
        own = origin if by_origin else ""
        with self._lock:
            known = self._find(source, sha256, own)
            if known:
                return self._come_again(known, cursor), False
            self._write(self._path(sha256), content)
            landing = Landing(source, origin, sha256, len(content), datetime.now(UTC), cursor)
            # another process may have landed the same bytes at the same moment
            while not self._insert(landing):
                if (known := self._find(source, sha256, own)) is not None:
                    return known, False
                landing = replace(landing, place=origin)
            return landing, True

    def read(self, landing: Landing) -> bytes:
        """Return the payload.

        Raises:
            TerminalError: The stored bytes are gone or no longer have their hash.
        """
        path = self._path(landing.sha256)
        content = path.read_bytes() if path.exists() else b""
        if hashlib.sha256(content).hexdigest() != landing.sha256:
            raise TerminalError.of(
                f"var/landing/{landing.sha256[:2]}/{landing.sha256}",
                "a landed payload keeps the bytes it came with",
                "another content" if content else "no file",
                f"Restore the file from a backup, or drop {landing.origin} into the inbox again.",
            )
        return content

    def of_source(self, source: str, skip: int = 0) -> list[Landing]:
        """Return the landings of a source in the order they came, whatever the clock said then, but for the first."""
        return self._select("where source = ?", source, skip=skip)

    def all(self) -> list[Landing]:
        """Return every landing in the order they came."""
        return self._select("")

    def _prepare(self) -> None:
        """Make the ledger, or bring an older one up to date.

        SQLite does not wait when several change to its write-ahead log at once, as the sources of a first run do: one
        of them is told at once that the ledger is busy, and tries again.
        """
        deadline = time.monotonic() + self._busy_seconds
        while True:
            try:
                with self._ledger() as ledger:
                    ledger.execute("pragma journal_mode = wal")
                    ledger.execute(_DDL)
                    _renew(ledger)
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
                time.sleep(_AGAIN_SECONDS)

    def _come_again(self, known: Landing, cursor: str) -> Landing:
        """Move the cursor, and note when a file was put back as it was; mostly nothing is written."""
        others = self._select("where source = ? and origin = ?", known.source, known.origin)
        is_back = max(others, key=lambda landing: landing.newest_at).sha256 != known.sha256
        again_at = datetime.now(UTC) if is_back else known.again_at
        moved = replace(known, cursor=cursor or known.cursor, again_at=again_at)
        if moved != known:
            with self._ledger() as ledger:
                ledger.execute(
                    "update landing set cursor = ?, again_at = ? where source = ? and sha256 = ? and place = ?",
                    (moved.cursor, again_at.isoformat() if again_at else "", known.source, known.sha256, known.place),
                )
        return moved

    def _insert(self, landing: Landing) -> bool:
        """Write the ledger row; say whether there was none with the same key."""
        with self._ledger() as ledger:
            return bool(
                ledger.execute(
                    "insert into landing (source, sha256, origin, size_bytes, landed_at, cursor, place) "
                    "values (?, ?, ?, ?, ?, ?, ?) on conflict do nothing",
                    (
                        *(landing.source, landing.sha256, landing.origin, landing.size_bytes),
                        *(landing.landed_at.isoformat(), landing.cursor, landing.place),
                    ),
                ).rowcount
            )

    def _find(self, source: str, sha256: str, origin: str = "") -> Landing | None:
        found = self._select("where source = ? and sha256 = ?", source, sha256)
        return next((landing for landing in found if origin in ("", landing.origin)), None)

    def _select(self, where: str, *values: str, skip: int = 0) -> list[Landing]:
        query = f"select {_COLUMNS}, place from landing {where} order by rowid limit -1 offset ?"
        with self._ledger() as ledger:
            rows = ledger.execute(query, (*values, skip)).fetchall()
        return [
            Landing(
                name,
                origin,
                sha256,
                size_bytes,
                datetime.fromisoformat(landed_at),
                cursor,
                datetime.fromisoformat(again_at) if again_at else None,
                place,
            )
            for name, sha256, origin, size_bytes, landed_at, cursor, again_at, place in rows
        ]

    def _path(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256

    @contextmanager
    def _ledger(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._folder / "ledger.sqlite", timeout=self._busy_seconds)) as ledger, ledger:
            yield ledger

    @staticmethod
    def _write(path: Path, content: bytes) -> None:
        """Put the bytes on the disk, and their names in the folders above: after this a power cut takes neither."""
        is_new = not path.parent.exists()
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
        for folder in (path.parent, path.parent.parent)[: 1 + is_new]:
            _sync(folder)


def _renew(ledger: sqlite3.Connection) -> None:
    """Bring the ledger of an earlier version to the present shape."""
    known = {row[1] for row in ledger.execute("pragma table_info(landing)")}
    if "place" in known:
        return
    for column in ("cursor", "again_at"):
        if column not in known:
            ledger.execute(f"alter table landing add column {column} text not null default ''")
    ledger.execute("begin immediate")  # the key changes, so the table is made anew: all of it, or nothing
    if "place" not in {row[1] for row in ledger.execute("pragma table_info(landing)")}:
        ledger.execute("alter table landing rename to landing_before")
        ledger.execute(_DDL)
        ledger.execute(f"insert into landing ({_COLUMNS}) select {_COLUMNS} from landing_before")
        ledger.execute("drop table landing_before")


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
