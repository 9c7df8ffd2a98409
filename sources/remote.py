"""Files at an address, S3-compatible stores, SFTP and HTTPS: each read once, and again when it has changed.

A file is read when its size, or its ETag or time, is not what it was when it landed; the ledger's cursor says.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from melflow.core.errors import Problem, TerminalError, TransientError
from melflow.sources.payload import Payload, Standing
from melflow.sources.remote_files import Place

if TYPE_CHECKING:
    from melflow.core.landing import Landing
    from melflow.core.workspace import SourceConfig

#: A place that failed for this many files in a row is not asked for the rest.
_GIVE_UP = 3


def fetch_remote(config: SourceConfig, root: Path, past: Sequence[Landing]) -> Iterator[Payload | Standing]:
    """Yield the files at the source's address, sorted by path; those that have not changed only by name.

    A file that cannot be had stops no other one: it is named at the end.

    Args:
        config: The source; its path is an address.
        root: The workspace.
        past: What landed of the source before.

    Raises:
        TransientError: A file, or the whole place, is out of reach, or is being written.
        TerminalError: The place refuses, or a file is too large.
    """
    place = Place(config, root)
    known = _Known(past)
    refused: list[Problem] = []
    cut: list[Problem] = []
    in_a_row = 0
    try:
        for entry in place.entries():
            origin = place.origin(entry)
            landed = known.landing(origin, entry.stamp)
            if landed is not None:
                yield Standing(origin, landed)
                continue
            try:
                content, entry = place.read(entry)
            except TransientError as error:
                cut += error.problems
                in_a_row += 1
                if in_a_row == _GIVE_UP:
                    break
                continue
            except TerminalError as error:
                refused += error.problems
                continue
            in_a_row = 0
            yield Payload(config.name, origin, content, known.cursor(origin, entry.stamp, content))
    finally:
        place.close()
    if cut:
        raise TransientError.all([*cut, *refused])
    if refused:
        raise TerminalError.all(refused)


def count_remote(config: SourceConfig, root: Path) -> int:
    """Return how many files the place offers; nothing is read.

    Raises:
        TransientError: The place is out of reach.
        TerminalError: The place refuses, or a secret is not set.
    """
    place = Place(config, root)
    try:
        return len(place.entries())
    finally:
        place.close()


class _Known:
    """Which files landed, as the cursors of the ledger say: {origin: stamp} of every file with the landed bytes."""

    def __init__(self, past: Sequence[Landing]) -> None:
        self._of_bytes = {landing.sha256: _stamps(landing.cursor) for landing in past}
        self._newest: dict[str, tuple[str, Landing]] = {}  # a file put back as it was is read, to land again
        for landing in sorted(past, key=lambda landing: landing.newest_at):
            for origin, stamp in self._of_bytes[landing.sha256].items():
                self._newest[origin] = stamp, landing

    def landing(self, origin: str, stamp: str) -> Landing | None:
        """Return what a file landed as, if it has not changed since."""
        known, landing = self._newest.get(origin, ("", None))
        return landing if stamp and stamp == known else None

    def cursor(self, origin: str, stamp: str, content: bytes) -> str:
        """Return the cursor of a payload; several files with the same bytes share one landing, and so one cursor."""
        mine = self._of_bytes.setdefault(hashlib.sha256(content).hexdigest(), {})
        if stamp:
            mine[origin] = stamp
        return json.dumps(mine, sort_keys=True) if mine else ""


def _stamps(cursor: str) -> dict[str, str]:
    """Return the stamps in a cursor; one of another connector, or of a folder, has none."""
    try:
        found = json.loads(cursor or "{}")
    except ValueError:
        return {}
    return {str(name): str(stamp) for name, stamp in found.items()} if isinstance(found, dict) else {}
