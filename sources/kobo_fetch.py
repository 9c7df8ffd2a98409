"""What a KoboToolbox project has that did not land yet: new submissions in every run, all of them in every sweep.

Kobo keeps no time of change: an edit, a deletion or another validation status shows only when all submissions are
looked at again. So every ``sweep_days`` (and at once when the server's count is not the one expected) all are asked for
and compared by a hash; what changed is asked for once more by itself and lands as the server hands it over. The
inventory at the end says what stands. Until it has landed nothing counts as deleted, whatever was interrupted.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Generator, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from melflow.core.errors import Problem, TerminalError, TransientError
from melflow.core.secrets import secret
from melflow.sources import inventory
from melflow.sources.http import Client
from melflow.sources.inventory import Inventory, Sighting
from melflow.sources.kobo_api import ASKED_AT_ONCE, Page, Project, files_of, sighting
from melflow.sources.payload import Payload

if TYPE_CHECKING:
    from melflow.core.landing import Landing
    from melflow.core.workspace import KoboSource

#: Submissions before the newest known one that are looked at again in every run: ids are given before they are stored.
_OVERLAP = 100
#: How often a project is swept anew because it was written to meanwhile.
_SWEEPS = 3
#: A daily run that starts a little earlier than yesterday's still sweeps.
_SLACK = timedelta(hours=1)


def fetch(config: KoboSource, past: Sequence[Landing], content_of: inventory.Read) -> Iterator[Payload]:
    """Yield the form, submissions that are new or changed, their files, and at the end the inventory.

    Args:
        config: A source with a server.
        past: What landed of the source before, oldest first.
        content_of: Reads a payload of the past.

    Raises:
        TransientError: The server is out of reach, or does not hand over as many submissions as it counts.
        TerminalError: The server refuses.
    """
    token = secret(config.token or "", f"sources/{config.name}.yml")
    with Client(config.server or "", {"Authorization": f"Token {token}", "Accept": "application/json"}) as client:
        project = Project(client, config.asset or "")
        yield from _forms(config.name, project, past)
        yield from _Fetch(config, project, past, content_of).payloads()


def _forms(source: str, project: Project, past: Sequence[Landing]) -> Iterator[Payload]:
    """Yield the project when its form changed, and every deployed version of the form once."""
    landed = {(landing.origin, landing.cursor) for landing in past}
    address, content, mark = project.form()
    if (address + inventory.FORM, mark) in landed:
        return
    for path in project.versions():
        origin = project.whole(path) + inventory.FORM
        if (origin, "") not in landed:
            yield Payload(source, origin, project.version(path))
    # last, so that an interruption before it has the versions asked for again
    yield Payload(source, address + inventory.FORM, content, mark)


class _Fetch:
    """One fetch: what is known from before, what was seen now."""

    def __init__(
        self, config: KoboSource, project: Project, past: Sequence[Landing], content_of: inventory.Read
    ) -> None:
        self._config = config
        self._project = project
        self._content_of = content_of
        self._standing = inventory.standing(past, content_of)
        self._known = inventory.known(self._standing)
        self._origins = {landing.origin for landing in past}
        self._unnamed = _landed_since(past)
        self._began = datetime.now(UTC)
        self._landed = {row.id: row.hash for row in self._known.values()}
        self._changed: list[int] = []
        self._seen: dict[str, Sighting] = {}
        self._pages: list[str] = []
        self._problems: list[Problem] = []

    def payloads(self) -> Iterator[Payload]:
        if self._sweep_is_due() or not (yield from self._news()):
            yield from self._sweep()
        if self._problems:  # files that are not there any more; the submissions are safe
            raise TerminalError.all(self._problems)

    def _sweep_is_due(self) -> bool:
        complete = [landing for landing, one in self._standing if one.complete]
        if not complete:
            return True
        age = self._began - datetime.fromisoformat(complete[-1].cursor)
        return age >= timedelta(days=self._config.sweep_days) - _SLACK

    def _news(self) -> Generator[Payload, None, bool]:
        """Yield what came behind the newest known submission; return whether that explains the server's count."""
        ids = sorted(int(row.id) for row in self._known.values() if row.deleted_at is None)
        after = ids[-_OVERLAP - 1] if len(ids) > _OVERLAP else 0
        yield from self._read(after)
        older = sum(one <= after for one in ids)
        gone = {str(one) for one in ids[older:]} - self._seen.keys()
        count = self._project.count()
        if gone or count != older + len(self._seen):
            return False
        if any(self._known.get(key) != row for key, row in self._seen.items()):
            yield self._inventory(complete=False, count=count, rows=self._seen)
        return True

    def _sweep(self) -> Iterator[Payload]:
        """Yield all that is new or changed, and the inventory of everything there is."""
        for _ in range(_SWEEPS):
            self._seen = {}
            last = yield from self._read(0)
            count = self._project.count()
            if count > len(self._seen):  # sent while the pages were read
                yield from self._read(last)
                count = self._project.count()
            if count == len(self._seen):
                yield self._complete(count)
                return
        raise TransientError.of(
            self._project.address,
            "the server hands over as many submissions as it counts",
            f"{len(self._seen)} submissions where it counts {count}",
            "What came has landed, and nothing is taken for deleted. If it stays so while nobody sends or deletes, "
            "check that the token's user may view all submissions, and tell who runs the server.",
        )

    def _read(self, after: int) -> Generator[Payload, None, int]:
        """Yield what is new or changed behind an id; return the last id seen."""
        more = True
        while more:
            page = self._project.page(after)
            yield from self._news_of(page)
            after = max(page.records, default=after)
            more = page.more and bool(page.records)
        while self._changed:
            asked, self._changed = self._changed[:ASKED_AT_ONCE], self._changed[ASKED_AT_ONCE:]
            page = self._project.chosen(asked)
            for gone in asked:
                self._seen.pop(str(gone), None)
            yield from self._land(page)
        return after

    def _news_of(self, page: Page) -> Iterator[Payload]:
        """Land a page with much that is new; of one with little, note what to ask for by itself."""
        for record in page.records.values():
            self._see(sighting(record))
        fresh = [key for key in page.records if self._seen[str(key)].hash != self._landed.get(str(key))]
        if fresh and 2 * len(fresh) >= len(page.records):
            yield from self._land(page)
            return
        self._changed += fresh
        yield from self._files(page)

    def _land(self, page: Page) -> Iterator[Payload]:
        if page.records:
            yield Payload(self._config.name, page.origin, page.content)
            self._pages.append(hashlib.sha256(page.content).hexdigest())
        for record in page.records.values():
            self._see(sighting(record))
        self._landed |= {key: self._seen[key].hash for key in map(str, page.records)}
        yield from self._files(page)

    def _see(self, row: Sighting) -> None:
        before = self._seen.get(row.id) or self._known.get(row.id)
        self._seen[row.id] = dataclasses.replace(row, files=before.files) if before and before.files else row

    def _files(self, page: Page) -> Iterator[Payload]:
        """Yield the files of submissions that did not land yet, if they are asked for."""
        if not self._config.attachments:
            return
        for key, record in page.records.items():
            row = self._seen[str(key)]
            for file in files_of(record):
                path = self._project.file_path(key, file)
                origin = self._project.whole(path) + inventory.ATTACHMENT
                if file in row.files:
                    continue
                if origin not in self._origins:
                    try:
                        yield Payload(self._config.name, origin, self._project.file(path))
                    except TerminalError as error:
                        self._problems += error.problems
                        continue
                row = dataclasses.replace(row, files=(*row.files, file))
            self._seen[str(key)] = row

    def _complete(self, count: int) -> Payload:
        """Return the inventory of everything, the deleted ones with the time they were found gone."""
        gone = {
            key: dataclasses.replace(row, deleted_at=row.deleted_at or self._began.isoformat(), hash="")
            for key, row in self._known.items()
            if key not in self._seen
        }
        rows = self._seen | gone
        last, before = self._standing[-1] if self._standing else (None, None)
        if last and before and before.complete and before.rows == rows and not (self._unnamed or self._pages):
            # nothing changed, nothing came that was gone again: the same inventory, of a later time
            return Payload(self._config.name, last.origin, self._content_of(last), self._began.isoformat())
        return self._inventory(complete=True, count=count, rows=rows)

    def _inventory(self, *, complete: bool, count: int, rows: dict[str, Sighting]) -> Payload:
        one = Inventory(complete, self._began, count, rows, tuple(self._pages))
        return inventory.payload(self._config.name, self._project.address, one, self._began.isoformat())


def _landed_since(past: Sequence[Landing]) -> bool:
    """Return whether submissions landed after the last inventory: of a fetch that was cut off."""
    last = max((n for n, one in enumerate(past) if one.origin.endswith(inventory.INVENTORY)), default=-1)
    return any(inventory.has_rows(landing.origin) for landing in past[last + 1 :])
