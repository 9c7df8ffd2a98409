"""ODK Central by its server: what changed since the last fetch, found by comparing what is there with what landed.

A fetch sweeps first: it asks for the ids, versions and review states of all submissions, which is little. What did not
land yet is then asked for whole, by the time it changed where that is much, one by one where it is little; and the
sweep is repeated until nothing is missing. So neither a clock nor a page that shifts under a deletion can hide a
submission: a filter is only ever a shortcut. The sweep becomes the inventory; without one nothing counts as deleted,
and what landed before an interruption is not asked for again.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import orjson

from melflow.core.errors import SourceError, TransientError
from melflow.sources import archive, inventory, odk_forms, odk_meta, odk_tables
from melflow.sources.http import RefusedError
from melflow.sources.inventory import Inventory, Read, Sighting
from melflow.sources.odk_session import client
from melflow.sources.payload import Payload

if TYPE_CHECKING:
    from melflow.core.landing import Landing
    from melflow.core.workspace import OdkSource
    from melflow.sources.http import Client

PAGE = 1000
_FEW = 20  # submissions that are asked for one by one
_ROUNDS = 8  # sweeps until the server is given up as too busy to be counted
_FILTERED = 3  # rounds that ask by time of change; then for everything
_CLOSER = timedelta(seconds=1)  # Central tells milliseconds and compares microseconds
_SYSTEM = ("submissionDate", "updatedAt", "reviewState", "edits", "status")
#: What a list has beside ids; a form without instanceID has no such field, and a server may not know the option.
_SELECTS = (",".join(("__id", *(f"__system/{name}" for name in _SYSTEM), "meta/instanceID")), "__id,__system", "")
#: What a server of an older version answers to an option it does not know.
_UNKNOWN = (400, 404, 501)


def fetch(
    config: OdkSource, past: Sequence[Landing], content_of: Read, sleep: Callable[[float], None] = time.sleep
) -> Iterator[Payload]:
    """Yield the definitions of the form, the submissions that are new or changed, and an inventory at the end.

    Args:
        config: A source with a server.
        past: What landed of the source before.
        content_of: Reads a payload of the past.
        sleep: How to wait between attempts.

    Raises:
        TransientError: The server is out of reach, or changes faster than it can be read.
        TerminalError: It refuses; or it has submissions that are encrypted, after everything else came.
    """
    with client(config, sleep) as asked:
        form = f"v1/projects/{config.project}/forms/{quote(config.form or '', safe='')}"
        yield from odk_forms.definitions(config.name, asked, form, {landing.origin for landing in past})
        yield from _Fetch(config, asked, form, past, content_of).payloads()


@dataclass(frozen=True)
class _Sweep:
    """What the server has: submissions by id, when each changed, those it calls deleted, and the encrypted ones."""

    rows: dict[str, Sighting]
    changed: dict[str, datetime]
    deleted: dict[str, str]
    encrypted: list[str]
    etag: str


class _Fetch:
    """One fetch of one form."""

    def __init__(self, config: OdkSource, asked: Client, form: str, past: Sequence[Landing], content_of: Read) -> None:
        self._config = config
        self._asked = asked
        self._form = form
        self._table = f"{form}.svc/Submissions"
        self._address = asked.address(self._table)
        standing = inventory.standing(past, content_of)
        self._before = inventory.known(standing)
        self._etag = standing[-1][0].cursor if standing else ""
        #: id -> version of what landed, in earlier fetches or in this one
        self._landed = {key: row.version for key, row in self._before.items()}
        self._pages: list[str] = []
        for landing in _unfinished(past):
            self._note(content_of(landing))
            self._pages.append(landing.sha256)

    def payloads(self) -> Iterator[Payload]:
        sweep = self._sweep(self._etag)
        if sweep is None:
            return
        for number in range(_ROUNDS):
            missing = [key for key, row in sweep.rows.items() if self._landed.get(key) != row.version]
            if not missing:
                break
            for payload in self._missing(missing, number, sweep.changed):
                self._note(payload.content)
                self._pages.append(hashlib.sha256(payload.content).hexdigest())
                yield payload
            sweep = self._sweep("") or sweep  # without an ETag there is always an answer
        else:
            raise TransientError.of(
                self._address,
                "a form is quiet for the moment it takes to count it",
                f"submissions that changed during each of {_ROUNDS} counts",
                "Nothing is lost: run again later, at a quieter hour.",
            )
        yield from self._inventory(sweep)
        if sweep.encrypted:
            raise SourceError.of(
                self._address,
                "the answers of a submission can be read",
                f"{len(sweep.encrypted)} encrypted submissions, such as {min(sweep.encrypted)}",
                "The server does not hold the key: download the form's data from Central with its passphrase, and let "
                "a second source read the ZIP file.",
            )

    def _missing(self, keys: Sequence[str], number: int, changed: Mapping[str, datetime]) -> Iterator[Payload]:
        """Ask for submissions: one by one when few, else by time of change, and for all when that was not enough."""
        params = {"$top": str(PAGE), "$count": "true", "$expand": "*"}
        times = [changed[key] for key in keys if key in changed]
        if number < _FILTERED and times:
            first, last = _written(min(times)), _written(max(times) + _CLOSER)
            params["$filter"] = " or ".join(
                f"({name} ge {first} and {name} le {last})"
                for name in ("__system/submissionDate", "__system/updatedAt")
            )
        try:
            yield from self._singly(keys) if len(keys) <= _FEW else self._read(self._table, params)
        except RefusedError as error:
            if error.code not in _UNKNOWN:
                raise
            yield self._separate()

    def _singly(self, keys: Sequence[str]) -> Iterator[Payload]:
        """Ask for submissions one by one; those that went in the meantime are passed over."""
        files: list[tuple[str, bytes]] = []
        for key in keys:
            try:
                content, document = self._asked.get_json(f"{self._table}('{quote(key, safe='')}')", {"$expand": "*"})
            except RefusedError as error:
                if error.code != 404:
                    raise
                continue
            _refuse_no_odata(self._address, document)
            files.append((f"{len(files) + 1}.json", content))
        if files:
            yield Payload(self._config.name, f"{self._address}?singly", archive.pack(files))

    def _read(self, path: str, params: dict[str, str]) -> Iterator[Payload]:
        """Yield an answer and the pages that follow it."""
        for number, (content, _) in enumerate(self._answers(path, params), 1):
            yield Payload(self._config.name, f"{self._asked.address(path)}?page={number}", content)

    def _note(self, content: bytes) -> None:
        """Remember the submissions of a payload that lands; an encrypted one counts as not there."""
        for answer in archive.files(content).values() if content.startswith(archive.MAGIC) else [content]:
            document = orjson.loads(answer)
            if odk_tables.table_of(document) == odk_tables.MAIN:
                rows = (row for row in document["value"] if not odk_meta.is_encrypted(row))
                self._landed |= {row["__id"]: odk_meta.version(row) for row in rows}

    def _answers(self, path: str, params: dict[str, str]) -> Iterator[tuple[bytes, dict[str, Any]]]:
        content, document = self._asked.get_json(path, params)
        while True:
            _refuse_no_odata(self._asked.address(path), document)
            yield content, document
            if not document.get("@odata.nextLink"):
                return
            content, document = self._asked.get_json(_at_home(document["@odata.nextLink"]))

    def _separate(self) -> Payload:
        """Ask for every table by itself, of a server that cannot put repeats into submissions; one payload of all."""
        _, service = self._asked.get_json(f"{self._form}.svc")
        files = []
        for table in [one["name"] for one in service["value"]]:
            params = {"$top": str(PAGE), "$count": "true"}
            for number, (content, _) in enumerate(self._answers(f"{self._form}.svc/{table}", params), 1):
                files.append((f"{number}.{table}.json", content))
        return Payload(self._config.name, f"{self._asked.address(f'{self._form}.svc')}?page=1", archive.pack(files))

    def _sweep(self, etag: str) -> _Sweep | None:
        """Ask what is there; None when nothing changed since the sweep that gave ``etag``.

        Raises:
            TransientError: The rows are never as many as the server counts.
        """
        deleted = self._deleted()
        for _ in range(_ROUNDS):
            found = self._listed(etag)
            if found is None:
                return None
            document, mark = found
            pages = [document]
            if document.get("@odata.nextLink"):
                mark = ""  # it is of the first page only
                pages += [page for _, page in self._answers(_at_home(document["@odata.nextLink"]), {})]
            rows = {row["__id"]: row for page in pages for row in page["value"]}
            count = pages[-1].get("@odata.count")
            if count is None or int(count) == len(rows):
                return _sweep_of(rows, deleted, mark)
        raise TransientError.of(
            self._address,
            "a list has as many rows as the server counts",
            f"{len(rows)} of {count}",
            "Nothing is lost: run again later. If it stays so, ask who runs the server.",
        )

    def _listed(self, etag: str) -> tuple[Any, str] | None:
        """Ask for the list of submissions, with as little beside the ids as the server can leave out."""
        for select in _SELECTS:
            try:
                params = {"$count": "true"} | ({"$select": select} if select else {})
                found = self._asked.get_changed(self._table, params, etag)
            except RefusedError as error:
                if error.code not in _UNKNOWN or select == _SELECTS[-1]:
                    raise
                continue
            if found is not None:
                _refuse_no_odata(self._address, found[0])
            return found
        raise AssertionError("the last way of asking is answered or refused")

    def _deleted(self) -> dict[str, str]:
        """Return id -> when it was deleted, as far as the server still knows; none of a server that does not say."""
        params = {"$filter": "__system/deletedAt ne null", "$select": "__id,__system/deletedAt"}
        try:
            pages = list(self._answers(self._table, params))
        except RefusedError as error:
            if error.code not in _UNKNOWN:
                raise
            return {}
        rows = [row for _, document in pages for row in document["value"]]
        return {row["__id"]: row["__system"]["deletedAt"] for row in rows if row["__system"].get("deletedAt")}

    def _inventory(self, sweep: _Sweep) -> Iterator[Payload]:
        """Yield the inventory, unless it says what the last one said."""
        now = datetime.now(UTC)
        gone = {key: self._before.get(key) or Sighting(key, version) for key, version in self._landed.items()}
        rows = {
            key: replace(row, deleted_at=sweep.deleted.get(key) or row.deleted_at or now.isoformat())
            for key, row in gone.items()
            if key not in sweep.rows
        }
        made = Inventory(True, now, len(sweep.rows), sweep.rows | rows, tuple(self._pages))
        if made.rows != self._before or self._pages:
            etag = "" if sweep.encrypted else sweep.etag  # encrypted ones are named in every run
            yield inventory.payload(self._config.name, self._address, made, etag)


def _sweep_of(rows: dict[str, dict[str, Any]], deleted: dict[str, str], etag: str) -> _Sweep:
    encrypted = [key for key, row in rows.items() if odk_meta.is_encrypted(row)]
    sighted = {
        key: Sighting(key, odk_meta.version(row), row["__system"].get("reviewState") or "")
        for key, row in rows.items()
        if not odk_meta.is_encrypted(row)
    }
    told = {key: row["__system"].get("updatedAt") or row["__system"].get("submissionDate") for key, row in rows.items()}
    changed = {key: datetime.fromisoformat(moment) for key, moment in told.items() if moment}
    return _Sweep(sighted, changed, deleted, encrypted, etag)


def _unfinished(past: Sequence[Landing]) -> list[Landing]:
    """Return the pages that landed after the last inventory, of a fetch that was interrupted."""
    since: list[Landing] = []
    for landing in reversed(past):
        if landing.origin.endswith(inventory.INVENTORY):
            break
        if inventory.has_rows(landing.origin) and "://" in landing.origin:
            since.append(landing)
    return since[::-1]


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _at_home(link: str) -> str:
    """Return what a link has below the server: behind a proxy a server may not know the name it is called by."""
    return re.sub(r"^https?://[^?]*?/(?=v1/)", "", link)


def _refuse_no_odata(where: str, document: Any) -> None:
    if not isinstance(document, dict) or not isinstance(document.get("value"), list):
        fix = "Check that 'server' is the address of ODK Central itself."
        raise SourceError.of(where, 'the server gives OData, {"value": [...]}', "JSON of another kind", fix)
