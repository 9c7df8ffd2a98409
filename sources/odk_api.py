"""ODK Central by its server: what changed since the last fetch, found by comparing what is there with what landed.

A fetch sweeps first: it asks for the ids, versions and review states of all submissions, which is little. What did not
land yet is then asked for whole, by the time it changed where that is much, one by one where it is little; and the
sweep is repeated until nothing is missing. So neither a clock nor a page that shifts under a deletion can hide a
submission: a filter is only ever a shortcut. The sweep becomes the inventory; without one nothing counts as deleted,
and what landed before an interruption is not asked for again.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

import orjson

from melflow.core.errors import SourceError, TransientError
from melflow.sources import archive, inventory, odk_forms, odk_meta, odk_tables, odk_versions
from melflow.sources.http import RefusedError
from melflow.sources.inventory import Inventory, Read, Sighting
from melflow.sources.odk_service import UNKNOWN, Service, Sweep
from melflow.sources.odk_session import client
from melflow.sources.payload import Payload

if TYPE_CHECKING:
    from melflow.core.landing import Landing
    from melflow.core.workspace import OdkSource
    from melflow.sources.http import Client

_FEW = 20  # submissions that are asked for one by one
_QUESTION = 50  # known submissions that may come along before one question more is cheaper
_TOGETHER = 200  # submissions whose earlier versions land as one payload
_ROUNDS = 4  # times that what came meanwhile is asked for; the next run brings the rest


def fetch(config: OdkSource, past: Sequence[Landing], content_of: Read) -> Iterator[Payload]:
    """Yield the definitions of the form, the submissions that are new or changed, and an inventory at the end.

    Args:
        config: A source with a server.
        past: What landed of the source before.
        content_of: Reads a payload of the past.

    Raises:
        TransientError: The server is out of reach, or does not hand over what it lists.
        TerminalError: It refuses; or it has submissions that are encrypted, after everything else came.
    """
    with client(config) as asked:
        form = f"v1/projects/{config.project}/forms/{quote(config.form or '', safe='')}"
        yield from odk_forms.definitions(config.name, asked, form, {landing.origin for landing in past})
        yield from _Fetch(config, asked, form, past, content_of).payloads()


class _Fetch:
    """One fetch of one form."""

    def __init__(self, config: OdkSource, asked: Client, form: str, past: Sequence[Landing], content_of: Read) -> None:
        self._config = config
        self._service = Service(asked, form)
        standing = inventory.standing(past, content_of)
        self._before = inventory.known(standing)
        self._etag = standing[-1][0].cursor if standing else ""
        self._standing = [(one.count, one.encrypted, one.n_later) for _, one in standing][-1:]
        #: id -> version of what landed, in earlier fetches or in this one
        self._landed = {key: row.version for key, row in self._before.items()}
        self._versions = set(self._landed.values())
        self._tried: dict[str, str] = {}
        self._pages: list[str] = []
        for landing in _unfinished(past):
            self._note(content_of(landing))
            self._pages.append(landing.sha256)

    def payloads(self) -> Iterator[Payload]:
        sweep = self._service.sweep(self._etag)
        if sweep is None:
            return
        for _ in range(_ROUNDS):
            missing = self._not_landed(sweep)
            if not missing:
                break
            withheld = any(self._tried.get(key) == sweep.rows[key].version for key in missing)
            self._tried |= {key: sweep.rows[key].version for key in missing}
            for payload in self._missing(missing, {} if withheld else sweep.changed):
                self._note(payload.content)
                self._pages.append(hashlib.sha256(payload.content).hexdigest())
                yield payload
            sweep = self._service.sweep("") or sweep  # without an ETag there is always an answer
        sweep = self._as_landed(sweep)
        for payload in self._earlier(sweep):
            self._pages.append(hashlib.sha256(payload.content).hexdigest())
            yield payload
        yield from self._inventory(sweep)
        if sweep.encrypted:
            raise SourceError.of(
                self._service.address,
                "the answers of a submission can be read",
                f"{len(sweep.encrypted)} encrypted submissions, such as {min(sweep.encrypted)}",
                "The server does not hold the key: download the form's data from Central with its passphrase, and let "
                "a second source read the ZIP file.",
            )

    def _not_landed(self, sweep: Sweep) -> list[str]:
        return [key for key, row in sweep.rows.items() if self._landed.get(key) != row.version]

    def _as_landed(self, sweep: Sweep) -> Sweep:
        """Leave to the next run what came or changed while this one counted: people go on working meanwhile.

        Raises:
            TransientError: A submission was asked for, and the server lists it without handing it over.
        """
        missing = self._not_landed(sweep)
        withheld = [key for key in missing if self._tried.get(key) == sweep.rows[key].version]
        if withheld:
            raise TransientError.of(
                self._service.address,
                "a server hands over what it lists",
                f"{len(withheld)} submissions listed and not handed over, such as {min(withheld)}",
                "Nothing is lost: run again later. If it stays so, ask who runs the server.",
            )
        absent = set(missing)
        earlier = {
            key: replace(sweep.rows[key], version=self._landed[key], edits=self._edits(key))
            for key in missing
            if key in self._landed
        }
        rows = {key: row for key, row in sweep.rows.items() if key not in absent} | earlier
        n_later = len(sweep.rows) - len(rows)  # of what changed, the version that landed stands in
        return replace(sweep, rows=rows, etag="" if missing else sweep.etag, n_later=n_later)

    def _edits(self, key: str) -> int:
        """Return up to which edit all versions of a submission landed; -1 before the first."""
        return self._before[key].edits if key in self._before else -1

    def _earlier(self, sweep: Sweep) -> Iterator[Payload]:
        """Ask for the versions that were edited away between two fetches: OData has the last one only."""
        standing = {key: row.version for key, row in sweep.rows.items() if row.edits > self._edits(key) + 1}
        keys = sorted(standing)
        for first in range(0, len(keys), _TOGETHER):
            some = {key: standing[key] for key in keys[first : first + _TOGETHER]}
            content = self._service.earlier(some, self._versions)
            if content:
                yield self._payload("versions", content)

    def _missing(self, keys: Sequence[str], changed: Mapping[str, str]) -> Iterator[Payload]:
        """Ask for submissions: one by one when few, else by the time they ``changed``; for all when that is empty."""
        singly, together = _split(keys, changed) if changed else ([], list(keys))
        times = [changed[key] for key in together] if changed else []
        try:
            few = self._service.singly(singly)
            if few:
                yield self._payload("singly", few)
            if together:
                first, last = (times[0], times[-1]) if times else ("", "")
                for number, content in enumerate(self._service.pages(first, last), 1):
                    yield self._payload(f"page={number}", content)
        except RefusedError as error:
            if error.code not in UNKNOWN:
                raise
            yield self._payload("tables", self._service.separate())

    def _payload(self, which: str, content: bytes) -> Payload:
        return Payload(self._config.name, f"{self._service.address}?{which}", content)

    def _note(self, content: bytes) -> None:
        """Remember the submissions of a payload that lands; an encrypted one counts as not there."""
        files = archive.files(content) if content.startswith(archive.MAGIC) else {"": content}
        if odk_versions.is_of(files):
            return
        for answer in files.values():
            document = orjson.loads(answer)
            if odk_tables.table_of(document) == odk_tables.MAIN:
                rows = (row for row in document["value"] if not odk_meta.is_encrypted(row))
                came = {row["__id"]: odk_meta.version(row) for row in rows}
                self._landed |= came
                self._versions.update(came.values())

    def _inventory(self, sweep: Sweep) -> Iterator[Payload]:
        """Yield the inventory, unless it says what the last one said."""
        now = datetime.now(UTC)
        gone = {key: self._before.get(key) or Sighting(key, version) for key, version in self._landed.items()}
        rows = {
            key: replace(row, deleted_at=sweep.deleted.get(key) or row.deleted_at or now.isoformat())
            for key, row in gone.items()
            if key not in sweep.rows
        }
        encrypted = tuple(sorted(sweep.encrypted))
        made = Inventory(
            True, now, sweep.count, sweep.rows | rows, tuple(self._pages), encrypted=encrypted, n_later=sweep.n_later
        )
        is_said = (made.count, made.encrypted, made.n_later) in self._standing
        if made.rows != self._before or self._pages or not is_said:
            etag = "" if sweep.encrypted else sweep.etag  # encrypted ones are named in every run
            yield inventory.payload(self._config.name, self._service.address, made, etag)


def _split(keys: Sequence[str], changed: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Divide submissions into those to be asked for one by one, and those by the time they changed.

    One that changed long before the others (it was deleted, and came back) would stretch the time over thousands that
    are known; one question more is cheaper.
    """
    ordered = sorted(keys, key=lambda key: changed[key])
    if len(ordered) <= _FEW:
        return ordered, []
    times = sorted(changed.values())
    upto = bisect_right(times, changed[ordered[-1]])
    costs = [_QUESTION * n + upto - bisect_left(times, changed[ordered[n]]) for n in range(_FEW + 1)]
    n_single = costs.index(min(costs))
    return ordered[:n_single], ordered[n_single:]


def _unfinished(past: Sequence[Landing]) -> list[Landing]:
    """Return the pages that landed after the last inventory, of a fetch that was interrupted."""
    since: list[Landing] = []
    for landing in reversed(past):
        if landing.origin.endswith(inventory.INVENTORY):
            break
        if inventory.has_rows(landing.origin) and "://" in landing.origin:
            since.append(landing)
    return since[::-1]
