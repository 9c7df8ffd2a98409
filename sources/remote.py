"""Files at an address, S3-compatible stores, SFTP and HTTPS: each read once, and again when it has changed.

A file is read when its size, or its ETag or time, is not what it was when it landed; the ledger's cursor says. The
files of one export of ODK Central land as one archive, as those of a folder do: one of them that cannot be had keeps
the others of its folder for the next time.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from melflow.core.errors import Problem, TerminalError, TransientError
from melflow.core.workspace.source import OdkSource
from melflow.sources import odk_files
from melflow.sources.payload import Payload, Standing
from melflow.sources.remote_files import Entry, Place

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
    known = _Known(past, by_origin=config.by_origin)
    refused: list[Problem] = []
    cut: list[Problem] = []
    in_a_row = 0
    try:
        for entries in _groups(place.entries(), config):
            stamps = {place.origin(entry): entry.stamp for entry in entries}
            landed = [known.landing(origin, stamp) for origin, stamp in stamps.items()]
            if None not in landed:
                yield from (Standing(one.origin, one) for one in dict.fromkeys(filter(None, landed)))
                continue
            try:
                read = [(place.origin(entry), *place.read(entry)) for entry in entries]
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
            stamps = {origin: entry.stamp for origin, _, entry in read}
            payloads = [Payload(config.name, origin, content) for origin, content, _ in read]
            for payload, origins in odk_files.gather(payloads) if len(payloads) > 1 else [(payloads[0], [*stamps])]:
                mine = {origin: stamps[origin] for origin in origins}
                yield replace(payload, cursor=known.cursor(mine, payload.content))
    finally:
        place.close()
    if cut:
        raise TransientError.all([*cut, *refused])
    if refused:
        raise TerminalError.all(refused)


def _groups(entries: Sequence[Entry], config: SourceConfig) -> list[list[Entry]]:
    """Return the files that are read together: of ODK Central those of a folder, for the tables of one export do."""
    if not isinstance(config, OdkSource):
        return [[entry] for entry in entries]
    folders: dict[str, list[Entry]] = {}
    for entry in entries:
        folders.setdefault(entry.path.rpartition("/")[0], []).append(entry)
    return list(folders.values())


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
    """Which files landed, as the cursors of the ledger say: {origin: stamp} of every file with the landed bytes.

    Args:
        past: What landed of the source before.
        by_origin: Each file is a landing of its own, also with the bytes of another.
    """

    def __init__(self, past: Sequence[Landing], *, by_origin: bool) -> None:
        self._by_origin = by_origin
        self._of_bytes: dict[str, dict[str, str]] = {}
        self._newest: dict[str, tuple[str, Landing]] = {}  # a file put back as it was is read, to land again
        for landing in sorted(past, key=lambda landing: landing.newest_at):
            stamps = _stamps(landing.cursor)
            mine = {origin: stamp for origin, stamp in stamps.items() if not by_origin or origin == landing.origin}
            self._of_bytes.setdefault(landing.sha256, {}).update(mine)
            for origin, stamp in mine.items():
                self._newest[origin] = stamp, landing

    def landing(self, origin: str, stamp: str) -> Landing | None:
        """Return what a file landed as, if it has not changed since."""
        known, landing = self._newest.get(origin, ("", None))
        return landing if stamp and stamp == known else None

    def cursor(self, stamps: Mapping[str, str], content: bytes) -> str:
        """Return the cursor of a payload of these files; where several payloads share one landing, they share it."""
        mine = {} if self._by_origin else self._of_bytes.setdefault(hashlib.sha256(content).hexdigest(), {})
        mine.update({origin: stamp for origin, stamp in stamps.items() if stamp})
        return json.dumps(mine, sort_keys=True) if mine else ""


def _stamps(cursor: str) -> dict[str, str]:
    """Return the stamps in a cursor; one of another connector, or of a folder, has none."""
    try:
        found = json.loads(cursor or "{}")
    except ValueError:
        return {}
    return {str(name): str(stamp) for name, stamp in found.items()} if isinstance(found, dict) else {}
