"""A loopback server that behaves like ODK Central, written after lib/resources and lib/model/query of its backend.

Newest first; ``$skiptoken`` after the last row of a page, also when that row was deleted; soft deletions that a filter
on deletedAt shows; an ETag over the state of a selection; sessions that run out. Bodies are kept serialised.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

import central_payloads as central
from flaky import Answer, Flaky

_MICROSECONDS = timedelta(microseconds=456)  # PostgreSQL keeps and compares them, JavaScript does not show them
_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_START = datetime(2025, 1, 1, tzinfo=UTC)
FORM = "/v1/projects/4/forms/team"


@dataclass
class Stored:
    """One submission of the server."""

    root: str
    created: str
    answers: central.Answers
    version: str
    version_asked: str = "1"
    edits: int = 0
    updated: str | None = None
    deleted: str | None = None
    edited: str | None = None
    review: str | None = None
    status: str | None = None
    event: int = 0
    moments: tuple[datetime, ...] = ()
    whole: bytes = b""
    listed: bytes = b""
    history: list[tuple[str, str, central.Answers]] = field(default_factory=list)


class Central(Flaky):
    """ODK Central with one form, "team".

    Attributes:
        cap: Rows the server gives at once when it is not asked for fewer; 0 for all, as Central does.
        etags: Whether OData has ETags (since 2026).
        old: A server that knows neither $select nor $expand nor deletedAt.
        expiring: Share of requests before which all sessions run out.
        meanwhile: Called before each answer: what others do at the same time.
    """

    def __init__(self, seed: int = 0, failing: float = 0.0) -> None:
        super().__init__(seed, failing)
        self.stored: dict[str, Stored] = {}
        self.cap = 0
        self.etags = True
        self.old = False
        self.expiring = 0.0
        self.tokens: set[str] = {"made-beforehand"}
        #: Version -> its definition, oldest first: an XForm, or the XLSForm it was published from.
        self.published: dict[str, bytes] = {"1": b"<h:html><h:title>Team</h:title><data version='1'/></h:html>"}
        self.meanwhile = lambda: None
        self._ticks = itertools.count()
        self._uuids = itertools.count(1)
        self._events = itertools.count(1)

    # what people do

    def add(self, answers: Iterable[central.Answers], **changed: Any) -> list[str]:
        """Take new submissions; gives their ids."""
        roots = []
        for one in answers:
            uuid = self._uuid()
            self.stored[uuid] = Stored(uuid, self._now(), one, uuid, **changed)
            self._touch(self.stored[uuid])
            roots.append(uuid)
        return roots

    def edit(self, root: str, answers: central.Answers) -> None:
        """Replace the answers of a submission, under a new instanceID."""
        one = self.stored[root]
        one.history.append((one.version, one.edited or one.created, one.answers))
        one.answers, one.version = answers, self._uuid()
        one.edits, one.updated, one.review = one.edits + 1, self._now(), "edited"
        one.edited = one.updated
        self._touch(one)

    def review(self, root: str, state: str) -> None:
        """Give a submission a review state."""
        self.stored[root].review, self.stored[root].updated = state, self._now()
        self._touch(self.stored[root])

    def delete(self, root: str) -> None:
        """Put a submission into the trash."""
        self.stored[root].deleted = self._now()
        self._touch(self.stored[root])

    def restore(self, root: str) -> None:
        """Take a submission out of the trash."""
        self.stored[root].deleted = None
        self._touch(self.stored[root])

    def purge(self, root: str) -> None:
        """Forget a submission."""
        del self.stored[root]

    @property
    def present(self) -> dict[str, Stored]:
        return {root: one for root, one in self.stored.items() if one.deleted is None}

    # what the server says

    def answer(self, method: str, target: str, headers: Any, body: bytes) -> Answer:
        self.meanwhile()
        parts = urlsplit(target)
        path = unquote(parts.path)
        if (method, path) == ("POST", "/v1/sessions"):
            return self._sign_in(json.loads(body))
        if self.random.random() < self.expiring:
            self.tokens.clear()
        if headers.get("Authorization", "").removeprefix("Bearer ") not in self.tokens:
            return _refusal(401, "401.2")
        query = dict(parse_qsl(parts.query))
        if path == f"{FORM}/versions":
            return Answer(json.dumps(self._published()).encode())
        if found := re.fullmatch(rf"{FORM}/versions/([\w.-]+)\.(xml|xlsx)", path):
            return self._definition("" if found[1] == "___" else found[1], found[2])
        if found := re.fullmatch(rf"{FORM}/submissions/([^/]+)/versions(?:/([^/]+)\.xml)?", path):
            return self._versions_of(found[1], found[2])
        if path == f"{FORM}.svc":
            return Answer(json.dumps({"value": [{"name": name} for name in central.names()]}).encode())
        if found := re.fullmatch(rf"{FORM}\.svc/(Submissions[\w.]*)(\('(?P<id>[^']+)'\))?", path):
            return self._table(found[1], found["id"], query, headers.get("If-None-Match", ""), target)
        return _refusal(404, "404.1")

    def _published(self) -> list[dict[str, Any]]:
        """List the published versions, newest first."""
        return [
            {"version": version, "publishedAt": f"2025-01-{day:02}T00:00:00.000Z",
             "excelContentType": _WORKBOOK if form.startswith(b"PK") else None}
            for day, (version, form) in enumerate(self.published.items(), 1)
        ][::-1]  # fmt: skip

    def _definition(self, version: str, kind: str) -> Answer:
        form = self.published.get(version)
        is_workbook = form is not None and form.startswith(b"PK")
        if form is None or (kind == "xlsx" and not is_workbook):
            return _refusal(404, "404.1")
        return Answer(b"<h:html/>" if kind == "xml" and is_workbook else form)

    def _sign_in(self, given: dict[str, str]) -> Answer:
        if given != {"email": "south@example.org", "password": "right"}:
            return _refusal(401, "401.2")
        token = f"{self.random.getrandbits(64):016x}"
        self.tokens.add(token)
        return Answer(json.dumps({"token": token}).encode())

    def _versions_of(self, root: str, version: str | None) -> Answer:
        """Give the list of a submission's versions, newest first, or one of them as it was sent."""
        one = self.present.get(root)
        if one is None or self.old:
            return _refusal(404, "404.1")
        known = [*one.history, (one.version, one.edited or one.created, one.answers)]
        if version is None:
            listed = [
                {"instanceId": name, "createdAt": moment, "current": name == one.version, "deviceId": "d1"}
                for name, moment, _ in known
            ]
            return Answer(json.dumps(listed[::-1]).encode())
        names = [name for name, *_ in known]
        if version not in names:
            return _refusal(404, "404.1")
        number = names.index(version)
        return Answer(central.xml(known[number][2], version, names[number - 1] if number else None))

    def _table(self, table: str, root: str | None, query: dict[str, str], etag: str, target: str) -> Answer:
        if self.old and ("$expand" in query or "deletedAt" in query.get("$filter", "")):
            return _refusal(501, "501.1")
        if root is not None:
            one = self.present.get(root)
            return _refusal(404, "404.1") if one is None else Answer(_page([one.whole], ""))
        found = self._filtered(query.get("$filter", ""))
        if found is None:
            return _refusal(501, "501.4")
        if table != "Submissions" or (self.old and "$select" not in query):
            rows = central.tables([self._as_central(one) for one in found]).get(table, [])
            return Answer(central.answer(table, rows))
        return self._submissions(found, query, etag, target)

    def _submissions(self, found: list[Stored], query: dict[str, str], etag: str, target: str) -> Answer:
        count = len(found)
        if token := query.get("$skiptoken"):
            last = self.stored.get(json.loads(base64.b64decode(token[2:]))["instanceId"])
            found = [one for one in found if last and one.created < last.created]
        top = int(query.get("$top") or self.cap or len(found) or 1)
        page = found[:top]
        mark = f'W/"{hashlib.md5(repr([one.event for one in page]).encode(), usedforsecurity=False).hexdigest()}"'
        if self.etags and etag == mark:
            return Answer(status=304, headers={"ETag": mark})
        select = "$select" in query and not self.old
        footer = f',"@odata.count":{count}' if query.get("$count") == "true" else ""
        if len(found) > top:
            token = "01" + base64.b64encode(json.dumps({"instanceId": page[-1].root}).encode()).decode()
            kept = "&".join(f"{quote(k)}={quote(v)}" for k, v in query.items() if k != "$skiptoken")
            path = target.partition("?")[0]
            footer += f',"@odata.nextLink":"https://name.inside{path}?{kept}&%24skiptoken={quote(token)}"'
        body = _page([one.listed if select else one.whole for one in page], footer)
        return Answer(body, headers={"ETag": mark} if self.etags else {})

    def _filtered(self, expression: str) -> list[Stored] | None:
        """Return what a filter leaves, newest first; None for one that Central does not understand."""
        ordered = list(reversed(self.stored.values()))
        if expression == "__system/deletedAt ne null":
            return [one for one in ordered if one.deleted]
        ordered = [one for one in ordered if not one.deleted]
        if not expression:
            return ordered
        asked = re.fullmatch(
            r"\(__system/submissionDate ge (\S+) and __system/submissionDate le (\S+)\) or "
            r"\(__system/updatedAt ge \1 and __system/updatedAt le \2\)",
            expression,
        )
        if not asked:
            return None
        first, last = (datetime.fromisoformat(moment) for moment in asked.groups())
        return [one for one in ordered if any(first <= moment <= last for moment in one.moments)]

    def _touch(self, one: Stored) -> None:
        one.event = next(self._events)
        told = (one.created, *([one.updated] if one.updated else []))
        one.moments = tuple(datetime.fromisoformat(moment) + _MICROSECONDS for moment in told)
        whole = central.nested(*self._as_central(one))
        if one.status:
            whole = {"__id": one.root, "__system": whole["__system"]}
        one.whole = json.dumps(whole).encode()
        meta = {"meta": {"instanceID": one.version}} if not one.status else {}
        one.listed = json.dumps({"__id": one.root, "__system": whole["__system"], **meta}).encode()

    def _as_central(self, one: Stored) -> tuple[str, central.Answers, dict[str, Any]]:
        told = central.system(
            submissionDate=one.created, updatedAt=one.updated, edits=one.edits, reviewState=one.review,
            deletedAt=one.deleted, status=one.status, formVersion=one.version_asked,
        )  # fmt: skip
        return one.root, {**one.answers, "meta": {"instanceID": one.version}}, told

    def _uuid(self) -> str:
        number = next(self._uuids)
        return f"uuid:{hashlib.sha256(number.to_bytes(8)).hexdigest()[:16]}"

    def _now(self) -> str:
        moment = _START + timedelta(seconds=next(self._ticks))
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _page(rows: Sequence[bytes], footer: str) -> bytes:
    context = b'"@odata.context":"https://name.inside/v1/projects/4/forms/team.svc/$metadata#Submissions"'
    return b'{"value":[' + b",".join(rows) + b"]," + context + footer.encode() + b"}"


def _refusal(status: int, code: str) -> Answer:
    return Answer(json.dumps({"message": "no", "code": code}).encode(), status)
