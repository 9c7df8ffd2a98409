"""A server on loopback that behaves like KoboToolbox's API v2: page caps, edits that change ``_uuid``, and bad days."""

from __future__ import annotations

import json
import threading
import uuid
from bisect import bisect_right
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from flaky import Answer, Flaky

Record = dict[str, Any]
TOKEN = "0123456789abcdef"
ASSET = "aTest"
#: What a server that is asked without a limit gives, and the most it gives.
PAGE, MOST = 100, 1000


class Project:
    """Submissions of one project, as the server keeps them; every record is serialised once.

    Attributes:
        records: By ``_id``.
        files: Bytes of attachments by id.
        n_asked: Requests so far.
    """

    def __init__(self) -> None:
        self.records: dict[int, Record] = {}
        self.files: dict[str, bytes] = {}
        self.versions = ["vA"]
        self.content: Record = {"survey": [], "choices": []}
        #: Content of a deployed version, where it is not that of the project.
        self.contents: dict[str, Record] = {}
        self.n_asked = 0
        self.asked: list[str] = []
        #: Called before a request is answered; may write to the project.
        self.before: Callable[[], None] = lambda: None
        #: Says how the next request fails: a status, "cut" in the middle, "half" a JSON, or None for not at all.
        self.trouble: Callable[[], int | str | None] = lambda: None
        self.retry_after = "1"
        self.most = MOST
        self._bytes: dict[int, bytes] = {}
        self._ids: list[int] = []
        self._lock = threading.Lock()

    def add(self, record: Record) -> None:
        """Take a submission; its ``_id`` is the highest."""
        self.restore(record, json.dumps(record).encode())

    def restore(self, record: Record, content: bytes) -> None:
        key = record["_id"]
        if key not in self.records:
            self._ids.append(key)
            if len(self._ids) > 1 and self._ids[-2] > key:
                self._ids.sort()
        self.records[key] = record
        self._bytes[key] = content

    def edit(self, key: int, **answers: Any) -> Record:
        """Change answers, as Kobo does: another ``_uuid`` that names the one before; ``_id`` and root stay."""
        old = self.records[key]
        version = str(uuid.uuid4())
        record = old | answers | {
            "_uuid": version,
            "meta/instanceID": f"uuid:{version}",
            "meta/deprecatedID": f"uuid:{old['_uuid']}",
        }  # fmt: skip
        self.add(record)
        return record

    def validate(self, key: int, state: str) -> None:
        """Give a submission another validation status; nothing else changes."""
        status = {"uid": f"validation_status_{state}", "label": state} if state else {}
        self.add(self.records[key] | {"_validation_status": status})

    def delete(self, key: int) -> None:
        """Delete a submission; the server keeps no trace."""
        del self.records[key], self._bytes[key]
        self._ids.remove(key)

    def answer(self, path: str, query: dict[str, str], address: str) -> bytes | None:
        """Return the body of an answer; None where there is nothing."""
        base = f"/api/v2/assets/{ASSET}/"
        with self._lock:
            self.before()
            if path == base:
                return json.dumps(
                    {"uid": ASSET, "content": self.content, "deployed_version_id": self.versions[-1],
                     "deployed_versions": {"count": len(self.versions)},
                     "deployment__submission_count": len(self._ids)}
                ).encode()  # fmt: skip
            if path == f"{base}versions/":
                return self._versions(query, address)
            if path.startswith(f"{base}versions/"):
                uid = path.split("/")[-2]
                day = f"2026-01-{self.versions.index(uid) + 1:02}T00:00:00Z"
                content = self.contents.get(uid, self.content)
                return json.dumps({"uid": uid, "date_deployed": day, "content": content}).encode()
            if path == f"{base}data/":
                return self._data(query, address)
            parts = path.removeprefix(f"{base}data/").split("/")
            if len(parts) == 4 and parts[1] == "attachments":
                return self.files.get(parts[2])
        return None

    def _versions(self, query: dict[str, str], address: str) -> bytes:
        start = int(query.get("offset", 0))
        mine = self.versions[start : start + 2]  # so few that the list has a second page
        after = start + len(mine)
        following = (
            f"{address}?{urlencode({'format': 'json', 'offset': after})}" if after < len(self.versions) else None
        )
        results = [{"uid": one, "date_deployed": "2026-01-01T00:00:00Z"} for one in mine]
        return json.dumps({"count": len(self.versions), "next": following, "results": results}).encode()

    def _data(self, query: dict[str, str], address: str) -> bytes:
        asked = json.loads(query.get("query", "{}")).get("_id", {})
        limit = min(int(query.get("limit", PAGE)), self.most)
        if "$in" in asked:
            ids = sorted(set(asked["$in"]) & self.records.keys())
        else:
            ids = self._ids[bisect_right(self._ids, asked.get("$gt", -1)) :]
        start = int(query.get("start", 0))
        page = ids[start : start + limit]
        following = None
        if start + limit < len(ids):
            following = f"{address}?{urlencode(query | {'start': str(start + limit), 'limit': str(limit)})}"
        head = json.dumps({"count": len(ids), "next": following, "previous": None})[:-1]
        return f'{head}, "results": ['.encode() + b",".join([self._bytes[key] for key in page]) + b"]}"


class _Kobo(Flaky):
    """The server of one project; how it fails is the project's to say."""

    def __init__(self, project: Project) -> None:
        super().__init__()
        self._project = project

    def fails(self) -> str | Answer:
        self._project.n_asked += 1
        self._project.asked.append(self.requests[-1].partition(" ")[2])
        trouble = self._project.trouble()
        if isinstance(trouble, int):
            wait = {"Retry-After": self._project.retry_after} if trouble == 429 else {}
            return Answer(b"busy", trouble, wait)
        return {"cut": "cut off", "half": "half JSON"}.get(trouble or "", "")

    def answer(self, method: str, target: str, headers: Any, body: bytes) -> Answer:
        if headers.get("Authorization") != f"Token {TOKEN}":
            return Answer(b'{"detail": "Invalid token."}', 401)
        parts = urlsplit(target)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        found = self._project.answer(parts.path, query, f"{self.url}{parts.path}")
        return Answer(b'{"detail": "Not found."}', 404) if found is None else Answer(found)


def serve(project: Project) -> AbstractContextManager[str]:
    """Serve a project on loopback; gives the server's address."""
    return _Kobo(project).serving()
