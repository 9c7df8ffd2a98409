"""What a fetch asks ODK Central: the list of what is there, submissions whole, and tables one by one of old servers."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from melflow.core.errors import SourceError, TransientError
from melflow.sources import archive, odk_meta, odk_versions
from melflow.sources.http import RefusedError
from melflow.sources.inventory import Sighting

if TYPE_CHECKING:
    from melflow.sources.http import Client

PAGE = 1000
#: What a server of an older version answers to an option it does not know.
UNKNOWN = (400, 404, 501)
_COUNTS = 8  # times a list is asked for that is not as long as the server counts
_CLOSER = timedelta(seconds=1)  # Central tells milliseconds and compares microseconds
_SYSTEM = ("submissionDate", "updatedAt", "reviewState", "edits", "status")
#: What a list has beside ids; a form without instanceID has no such field, and a server may not know the option.
_SELECTS = (",".join(("__id", *(f"__system/{name}" for name in _SYSTEM), "meta/instanceID")), "__id,__system", "")
_WHOLE = {"$top": str(PAGE), "$count": "true"}


@dataclass(frozen=True)
class Sweep:
    """What the server has.

    Attributes:
        rows: Submissions by id, without the encrypted ones.
        changed: id -> when it changed last, as Central writes it; empty where it does not say.
        deleted: id -> when it was deleted, as far as the server still knows.
        encrypted: Ids of what nobody decrypted.
        etag: Of this state; empty when the server has none.
        count: Submissions as the server counts them itself (``$count=true``); as it lists them where it does not count.
        n_later: Of these: came or changed meanwhile, left to the next fetch.
    """

    rows: dict[str, Sighting]
    changed: dict[str, str]
    deleted: dict[str, str]
    encrypted: list[str]
    etag: str
    count: int
    n_later: int = 0


class Service:
    """The OData service of one form.

    Attributes:
        address: Of its submissions, for origins and messages.
    """

    def __init__(self, asked: Client, form: str) -> None:
        self._asked = asked
        self._form = form
        self._service = f"{form}.svc"
        self._table = f"{form}.svc/Submissions"
        self.address = asked.address(self._table)

    def sweep(self, etag: str) -> Sweep | None:
        """Ask what is there; None when nothing changed since the sweep that gave ``etag``.

        Raises:
            TransientError: The rows are never as many as the server counts.
        """
        deleted = self._deleted()
        for _ in range(_COUNTS):
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
                return _sweep_of(rows, deleted, mark, len(rows) if count is None else int(count))
        raise TransientError.of(
            self.address,
            "a list has as many rows as the server counts",
            f"{len(rows)} of {count}",
            "Nothing is lost: run again later. If it stays so, ask who runs the server.",
        )

    def pages(self, first: str, last: str) -> Iterator[bytes]:
        """Yield submissions whole, page by page: those that changed from ``first`` to ``last``, or all when empty."""
        params = _WHOLE | {"$expand": "*"}
        if first:
            until = _later(last)
            names = ("__system/submissionDate", "__system/updatedAt")
            params["$filter"] = " or ".join(f"({name} ge {first} and {name} le {until})" for name in names)
        for content, _ in self._answers(self._table, params):
            yield content

    def singly(self, keys: Sequence[str]) -> bytes | None:
        """Return submissions asked for one by one, as an archive; those that went in the meantime are passed over."""
        files: list[tuple[str, bytes]] = []
        for key in keys:
            try:
                content, document = self._asked.get_json(f"{self._table}('{quote(key, safe='')}')", {"$expand": "*"})
            except RefusedError as error:
                if error.code != 404:
                    raise
                continue
            _refuse_no_odata(self.address, document)
            files.append((f"{len(files) + 1}.json", content))
        return archive.pack(files) if files else None

    def earlier(self, standing: Mapping[str, str], known: Collection[str]) -> bytes | None:
        """Return the versions of submissions before the standing ones that are not known, as an archive.

        Args:
            standing: Submission -> its version.
            known: Versions that landed.
        """
        files = [
            (f"{number}.{name}", content)
            for number, (key, version) in enumerate(standing.items(), 1)
            for name, content in odk_versions.fetch(self._asked, self._form, key, version, known)
        ]
        return archive.pack(files) if files else None

    def separate(self) -> bytes:
        """Ask for every table by itself, of a server that cannot put repeats into submissions; as an archive."""
        _, service = self._asked.get_json(self._service)
        _refuse_no_odata(self.address, service)
        return archive.pack(
            (f"{number}.{table['name']}.json", content)
            for table in service["value"]
            for number, (content, _) in enumerate(self._answers(f"{self._service}/{table['name']}", _WHOLE), 1)
        )

    def _listed(self, etag: str) -> tuple[Any, str] | None:
        """Ask for the list of submissions, with as little beside the ids as the server can leave out."""
        for select in _SELECTS:
            try:
                params = {"$count": "true"} | ({"$select": select} if select else {})
                found = self._asked.get_changed(self._table, params, etag)
            except RefusedError as error:
                if error.code not in UNKNOWN or select == _SELECTS[-1]:
                    raise
                continue
            if found is not None:
                _refuse_no_odata(self.address, found[0])
            return found
        raise AssertionError("the last way of asking is answered or refused")

    def _deleted(self) -> dict[str, str]:
        """Return id -> when it was deleted, as far as the server still knows; none of a server that does not say."""
        params = {"$filter": "__system/deletedAt ne null", "$select": "__id,__system/deletedAt"}
        try:
            pages = list(self._answers(self._table, params))
        except RefusedError as error:
            if error.code not in UNKNOWN:
                raise
            return {}
        rows = [row for _, document in pages for row in document["value"]]
        return {row["__id"]: row["__system"]["deletedAt"] for row in rows if row["__system"].get("deletedAt")}

    def _answers(self, path: str, params: dict[str, str]) -> Iterator[tuple[bytes, dict[str, Any]]]:
        content, document = self._asked.get_json(path, params)
        while True:
            _refuse_no_odata(self._asked.address(path), document)
            yield content, document
            if not document.get("@odata.nextLink"):
                return
            content, document = self._asked.get_json(_at_home(document["@odata.nextLink"]))


def _sweep_of(rows: dict[str, dict[str, Any]], deleted: dict[str, str], etag: str, count: int) -> Sweep:
    sighted: dict[str, Sighting] = {}
    changed: dict[str, str] = {}
    encrypted: list[str] = []
    for key, row in rows.items():
        if odk_meta.is_encrypted(row):
            encrypted.append(key)
            continue
        system = row["__system"]
        state, edits = system.get("reviewState") or "", int(system.get("edits") or 0)
        sighted[key] = Sighting(key, odk_meta.version(row), state, edits=edits)
        changed[key] = system.get("updatedAt") or system.get("submissionDate") or ""
    return Sweep(sighted, changed, deleted, encrypted, etag, count)


def _later(moment: str) -> str:
    """Return a time a little after one that Central gave, as Central writes it."""
    text = (datetime.fromisoformat(moment) + _CLOSER).astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def _at_home(link: str) -> str:
    """Return what a link has below the server: behind a proxy a server may not know the name it is called by."""
    return re.sub(r"^https?://[^?]*?/(?=v1/)", "", link)


def _refuse_no_odata(where: str, document: Any) -> None:
    if not isinstance(document, dict) or not isinstance(document.get("value"), list):
        fix = "Check that 'server' is the address of ODK Central itself."
        raise SourceError.of(where, 'the server gives OData, {"value": [...]}', "JSON of another kind", fix)
