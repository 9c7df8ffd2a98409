"""One project on a KoboToolbox server, over API v2: what it is asked, and what its answers must look like."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from melflow.core.errors import SourceError, TransientError
from melflow.sources.http import Client
from melflow.sources.inventory import Sighting

Record = dict[str, Any]

#: The most a server gives at once; it gives 100 when it is not asked for a number.
LIMIT = 1000
#: So many ids fit into an address that every server takes, and into a page of a server that ignores the limit.
ASKED_AT_ONCE = 100


@dataclass(frozen=True)
class Page:
    """Submissions as they were handed over.

    Attributes:
        content: The bytes of the answer.
        origin: Its address with what was asked; no secret is in it.
        records: The submissions in it, by ``_id``.
        count: How many the server says fit what was asked, on this page and after it.
        more: The server says another page follows.
    """

    content: bytes
    origin: str
    records: dict[int, Record]
    count: int
    more: bool


class Project:
    """A project's data, form and files.

    Args:
        client: Of the server.
        asset: The project's id.
    """

    def __init__(self, client: Client, asset: str) -> None:
        self._client = client
        self._asset = f"api/v2/assets/{asset}/"
        self._data = f"{self._asset}data/"

    @property
    def address(self) -> str:
        """Address of the project's data."""
        return self._client.address(self._data)

    def page(self, after: int) -> Page:
        """Return the first submissions with a greater ``_id``, in its order.

        Pages begin behind an id and not at a number (``next`` does that), because a deletion while they are read
        would move all later ones, and one would be missed.
        """
        page = self._ask({"$gt": after})
        found = list(page.records)
        if found != sorted(found) or (found and found[0] <= after):
            raise self._error("submissions come in the order of '_id', from the one asked for", "another order")
        return page

    def chosen(self, ids: Sequence[int]) -> Page:
        """Return these submissions, as far as they are still there; at most ``ASKED_AT_ONCE``."""
        return self._ask({"$in": list(ids)})

    def count(self) -> int:
        """Return how many submissions the server says there are."""
        return self._ask({"$gt": 0}, limit=1).count

    def form(self) -> tuple[str, bytes, str]:
        """Return address and bytes of the project itself, and a mark that changes with its form and versions."""
        content, document = self._client.get_json(self._asset, {"format": "json"})
        if not isinstance(document, dict):
            raise self._error("a project is a JSON object", "something else")
        parts = [document.get(name) for name in ("content", "deployed_version_id", "deployed_versions", "name")]
        mark = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]
        return self._client.address(self._asset), content, mark

    def versions(self) -> Iterator[str]:
        """Yield the path of every deployed version of the form.

        Raises:
            TransientError: The server lists fewer versions than it counts.
        """
        n_listed = 0
        path: str | None = f"{self._asset}versions/"
        params: dict[str, str] | None = {"format": "json", "limit": str(LIMIT)}
        while path:
            _, document = self._client.get_json(path, params)
            listed = _list(document)
            n_listed += len(listed)
            for version in listed:
                if version.get("date_deployed") and str(version.get("uid", "")).isalnum():
                    yield f"{self._asset}versions/{version['uid']}/"
            path, params = document.get("next") if isinstance(document, dict) else None, None
        count = document.get("count") if isinstance(document, dict) else None
        if isinstance(count, int) and n_listed < count:
            raise TransientError.of(
                self._client.address(f"{self._asset}versions/"),
                "the server lists as many versions of the form as it counts",
                f"{n_listed} versions where it counts {count}",
                "Nothing is lost: run again later. If it stays so, tell who runs the server.",
            )

    def version(self, path: str) -> bytes:
        """Return the bytes of one version of the form."""
        return self._client.get_json(path, {"format": "json"})[0]

    def file_path(self, record: int, file: str) -> str:
        """Return the path of a file that was sent with a submission."""
        return f"{self._data}{record}/attachments/{file}/"

    def file(self, path: str) -> bytes:
        """Return the bytes of a file."""
        return bytes(self._client.get(path).content)

    def whole(self, path: str) -> str:
        """Return the address of a path."""
        return self._client.address(path)

    def _ask(self, ids: dict[str, Any], limit: int = LIMIT) -> Page:
        query = json.dumps({"_id": ids}, separators=(",", ":"))
        params = {"format": "json", "limit": str(limit), "sort": '{"_id":1}', "query": query}
        content, document = self._client.get_json(self._data, params)
        records = _list(document)
        count = document.get("count") if isinstance(document, dict) else None
        if not isinstance(count, int) or any(type(one.get("_id")) is not int for one in records):
            raise self._error("the server answers with submissions, each with '_id', and their count", "something else")
        by_id = {one["_id"]: one for one in records}
        if len(by_id) < len(records):
            raise self._error("each submission has an '_id' of its own", "an '_id' twice on one page")
        return Page(content, f"{self.address}?query={query}", by_id, count, document.get("next") is not None)

    def _error(self, rule: str, seen: str) -> SourceError:
        fix = "Check 'server' in the source's file; if it is right, the server is of a version melflow does not know."
        return SourceError.of(self.address, rule, seen, fix)


def sighting(record: Record, files: tuple[str, ...] = ()) -> Sighting:
    """Return what the inventory keeps of a submission."""
    import orjson

    status = record.get("_validation_status")
    version = record.get("_uuid") or record.get("meta/instanceID") or ""
    return Sighting(
        id=str(record["_id"]),
        version=str(version).removeprefix("uuid:"),
        state=str(status.get("uid", "")) if isinstance(status, dict) else "",
        hash=hashlib.sha256(orjson.dumps(record, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16],
        files=files,
    )


def files_of(record: Record) -> list[str]:
    """Return the ids of the files sent with a submission."""
    found = record.get("_attachments")
    files = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    ids = [str(one.get("uid") or one.get("id") or "") for one in files if not one.get("is_deleted")]
    return [name for name in ids if name.isascii() and name.isalnum()]


def _list(document: Any) -> list[Record]:
    results = document.get("results") if isinstance(document, dict) else None
    return [one for one in results if isinstance(one, dict)] if isinstance(results, list) else []
