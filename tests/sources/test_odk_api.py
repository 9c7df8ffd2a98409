import functools
import itertools
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import central_payloads as central
import polars as pl
import pytest
from central_server import Central

from melflow.core.errors import SourceError, TerminalError, TransientError
from melflow.core.landing import Landing
from melflow.core.workspace.source import OdkSource
from melflow.sources import inventory, odk, odk_api, odk_session
from melflow.sources.http import Client, RefusedError
from melflow.sources.payload import Origin
from melflow.sources.xlsform import Instruments

Make = Callable[..., Origin]


class Landed:
    """Landing in memory: what a fetch yields lands before more is asked for."""

    def __init__(self) -> None:
        self.past: dict[str, Landing] = {}
        self.bytes: dict[str, bytes] = {}
        self._clock = itertools.count()

    def fetch(self, config: OdkSource) -> list[str]:
        """Fetch once; gives the origins that came, also when it stopped in the middle."""
        came = []
        for payload in odk_api.fetch(config, list(self.past.values()), self.read):
            digest = sha256(payload.content).hexdigest()
            moment = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(seconds=next(self._clock))
            known = self.past.get(digest)
            landed_at = known.landed_at if known else moment
            size = len(payload.content)
            cursor = payload.cursor or (known.cursor if known else "")
            self.past[digest] = Landing(config.name, payload.origin, digest, size, landed_at, cursor)
            self.bytes[digest] = payload.content
            came.append(payload.origin)
        return came

    def read(self, landing: Landing) -> bytes:
        return self.bytes[landing.sha256]

    @property
    def inventories(self) -> list[inventory.Inventory]:
        return [inventory.read(self.read(one)) for one in self.past.values() if one.origin.endswith("#inventory")]

    def tables(self, config: OdkSource, forms: Instruments) -> tuple[dict[str, str | None], dict[str, Any]]:
        """Return id -> review state of what stands, and id -> answers, as landing and the last inventory say."""
        frames = []
        for landing in self.past.values():
            if inventory.has_rows(landing.origin):
                origin = Origin(config.name, landing.origin, landing.load_id, landing.landed_at)
                parsed = odk.parse(origin, self.read(landing), config, forms)
                rows = parsed.frames["src_response"].filter(pl.col("item_id").is_in(["who", "title"]))
                frames.append(rows.select("submission_id", "version_id", "item_id", "repeat_path", "value_text"))
        said = pl.concat(frames).unique().sort(pl.all())
        present = self.inventories[-1].present.values() if self.inventories else []
        standing = pl.DataFrame(
            {"submission_id": [one.id.removeprefix("uuid:") for one in present],
             "version_id": [one.version for one in present]},
            schema={"submission_id": pl.String, "version_id": pl.String},
        )  # fmt: skip
        joined = standing.join(said, on=["submission_id", "version_id"], how="left").sort(pl.all())
        answers = joined.group_by("submission_id").agg("item_id", "repeat_path", "value_text")
        return (
            {one.id: one.state or None for one in present},
            {f"uuid:{row[0]}": sorted(zip(*row[1:], strict=True)) for row in answers.iter_rows()},
        )


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Central]:
    monkeypatch.setenv("ODK_EMAIL", "south@example.org")
    monkeypatch.setenv("ODK_PASSWORD", "right")
    monkeypatch.setattr(odk_session, "Client", functools.partial(Client, sleep=lambda seconds: None))
    made = Central()
    with made.serving():
        yield made


def _source(server: Central, **changed: Any) -> OdkSource:
    given = {"server": server.url, "project": 4, "form": "team", "email": "ODK_EMAIL", "password": "ODK_PASSWORD"}
    return OdkSource(name="team_odk", title="Team", connector="odk", instrument="team", **given | changed)


def _answers(number: int) -> central.Answers:
    return {"who": f"N-{number}", "skill": [{"title": f"T{number}"}] if number % 9 == 0 else []}


def _expected(server: Central) -> tuple[dict[str, str | None], dict[str, Any]]:
    states = {root: one.review for root, one in server.present.items()}
    answers = {
        root: sorted(
            [("who", "", one.answers["who"])]
            + [("title", f"skill[{n}]", skill["title"]) for n, skill in enumerate(one.answers["skill"], 1)]
        )
        for root, one in server.present.items()
    }
    return states, answers


def test_fetch__pages_edits_reviews_deletions_and_restored(server: Central, team: Instruments) -> None:
    """Should follow the server through everything people do, and ask for little when little happened."""
    landed, source = Landed(), _source(server)
    roots = server.add(_answers(number) for number in range(2500))
    came = landed.fetch(source)
    assert [origin.rpartition("/")[2] for origin in came] == [
        "1.xml#form", "Submissions?page=1", "Submissions?page=2", "Submissions?page=3", "Submissions#inventory",
    ]  # fmt: skip
    assert landed.tables(source, team) == _expected(server)

    server.edit(roots[0], _answers(9000))
    server.review(roots[1], "approved")
    server.delete(roots[2])
    server.delete(roots[3])
    server.add([_answers(9001)])
    came = [origin.rpartition("/")[2] for origin in landed.fetch(source)]
    assert came == ["Submissions?singly", "Submissions#inventory"]
    assert landed.tables(source, team) == _expected(server)
    gone = {key: row.deleted_at for key, row in landed.inventories[-1].rows.items() if row.deleted_at}
    assert gone == {root: server.stored[root].deleted for root in roots[2:4]}

    server.restore(roots[2])
    server.purge(roots[3])
    for root in roots[100:200]:
        server.edit(root, _answers(9002))
    came = [origin.rpartition("/")[2] for origin in landed.fetch(source)]
    assert came == ["Submissions?page=1", "Submissions#inventory"]
    assert landed.tables(source, team) == _expected(server)
    assert landed.inventories[-1].rows[roots[3]].deleted_at == gone[roots[3]]


def test_fetch__nothing_changed(server: Central) -> None:
    """Should land nothing, and with ETags ask for the list only to hear that it is the same."""
    landed, source = Landed(), _source(server)
    server.add(_answers(number) for number in range(30))
    landed.fetch(source)
    server.requests.clear()
    assert landed.fetch(source) == []
    assert len([one for one in server.requests if "Submissions" in one]) == 2  # the deleted ones, and the list
    server.etags = False
    assert landed.fetch(source) == []
    (root, *_) = server.stored
    server.review(root, "rejected")
    assert [origin.rpartition("#")[2] for origin in landed.fetch(source)] == ["inventory"]


def test_fetch__server_that_pages_by_itself(server: Central, team: Instruments) -> None:
    """Should follow the pages of the list too, and not take the ETag of its first page for all."""
    landed, source = Landed(), _source(server)
    server.cap = 7
    roots = server.add(_answers(number) for number in range(50))
    landed.fetch(source)
    server.edit(roots[0], _answers(9000))
    landed.fetch(source)
    assert landed.tables(source, team) == _expected(server)


def test_fetch__old_server(server: Central, team: Instruments) -> None:
    """Should read tables one by one, and find deletions by absence, where the server knows no other way."""
    landed, source = Landed(), _source(server)
    server.old, server.etags = True, False
    roots = server.add(_answers(number) for number in range(30))
    came = landed.fetch(source)
    assert came[-2].endswith("/Submissions?tables")
    server.edit(roots[9], _answers(9))
    server.delete(roots[1])
    landed.fetch(source)
    assert landed.tables(source, team) == _expected(server)
    assert landed.inventories[-1].rows[roots[1]].deleted_at is not None


def test_fetch__session_that_runs_out(server: Central, team: Instruments) -> None:
    """Should sign in again when the server no longer knows the session, and go on."""
    landed, source = Landed(), _source(server)
    server.add(_answers(number) for number in range(3000))
    server.expiring = 0.4
    for _ in range(50):
        with suppress(RefusedError):  # the new session ran out as well, before it was used
            landed.fetch(source)
            break
    assert sum("POST" in one for one in server.requests) > 1
    assert landed.tables(source, team) == _expected(server)


def test_fetch__token_made_beforehand(server: Central, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should ask with a token alone, and say when the server refuses it."""
    monkeypatch.setenv("ODK_TOKEN", "made-beforehand")
    source = _source(server, email=None, password=None, token="ODK_TOKEN")
    server.add([_answers(1)])
    assert len(Landed().fetch(source)) == 3 and not any("POST" in one for one in server.requests)
    monkeypatch.setenv("ODK_TOKEN", "wrong-one")
    with pytest.raises(TerminalError, match="token refused") as caught:
        Landed().fetch(source)
    assert "wrong-one" not in str(caught.value)


@pytest.mark.parametrize(
    ("environment", "changed", "words"),
    [
        ({"ODK_PASSWORD": "wrong"}, {}, r"sign-in refused \(HTTP 401\)"),
        ({"ODK_PASSWORD": ""}, {}, "no variable ODK_PASSWORD"),
        ({}, {"form": "other"}, "nothing there"),
    ],
)
def test_fetch__what_somebody_must_change(
    server: Central, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], changed: dict[str, Any], words: str
) -> None:
    """Should name what is wrong and how to fix it, without the secret."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(TerminalError, match=words) as caught:
        Landed().fetch(_source(server, **changed))
    assert all(value not in str(caught.value) for value in environment.values() if value)


def test_fetch__encrypted_submissions(server: Central, team: Instruments) -> None:
    """Should bring everything else, and name the encrypted ones in every run."""
    landed, source = Landed(), _source(server)
    server.add(_answers(number) for number in range(3))
    (secret,) = server.add([_answers(9)], status="notDecrypted")
    for _ in range(2):
        with pytest.raises(SourceError, match=f"1 encrypted submissions, such as {secret}"):
            landed.fetch(source)
    states, answers = landed.tables(source, team)
    told = landed.inventories[-1]
    assert secret not in states and len(answers) == 3 and secret not in told.rows
    assert (told.count, told.encrypted, len(landed.inventories)) == (4, (secret,), 1)  # as Central counts them


def test_fetch__interrupted(server: Central, team: Instruments) -> None:
    """Should keep what landed, delete nothing, and end up whole the next time."""
    landed, source = Landed(), _source(server)
    roots = server.add(_answers(number) for number in range(3000))
    landed.fetch(source)
    for root in roots[:50]:
        server.edit(root, _answers(9000))
    server.delete(roots[60])
    server.fails = lambda: "broken" if "submissionDate+ge" in server.requests[-1] else ""
    with pytest.raises(TransientError, match="HTTP 502, 5 times"):
        landed.fetch(source)
    assert len(landed.inventories) == 1 and roots[60] in landed.inventories[0].present
    server.fails = lambda: ""
    landed.fetch(source)
    assert landed.tables(source, team) == _expected(server)


def test_fetch__server_that_never_stands_still(server: Central, team: Instruments) -> None:
    """Should leave to the next run what comes while this one counts, and call nothing deleted because of it."""
    landed, source = Landed(), _source(server)
    roots = server.add(_answers(number) for number in range(20))
    server.meanwhile = lambda: server.add([_answers(1)])
    landed.fetch(source)
    present = landed.inventories[-1].present
    assert set(roots) <= set(present) < set(server.present) and len(landed.inventories[-1].rows) == len(present)
    told = landed.inventories[-1]
    assert told.n_later > 0 and told.count == len(present) + told.n_later
    server.meanwhile = lambda: server.edit(roots[0], _answers(2))
    landed.fetch(source)
    assert set(landed.inventories[-1].present) == set(server.present)
    server.meanwhile = lambda: None
    landed.fetch(source)
    assert landed.tables(source, team) == _expected(server)


def test_fetch__submission_that_is_listed_and_never_comes(server: Central) -> None:
    """Should ask for it in every way, and then say so instead of going on without it."""
    landed, source = Landed(), _source(server)
    roots = server.add(_answers(number) for number in range(40))
    hidden = server.stored[roots[7]]
    server.meanwhile = lambda: setattr(hidden, "whole", server.stored[roots[8]].whole)
    with pytest.raises(TransientError, match=f"1 submissions listed and not handed over, such as {roots[7]}"):
        landed.fetch(source)
    assert landed.inventories == []


def test_fetch__count_that_never_fits(server: Central) -> None:
    """Should not take a list for whole that is shorter than the server counts."""
    server.add(_answers(number) for number in range(5))
    healthy = server.answer

    def short(*asked: Any) -> Any:
        found = healthy(*asked)
        found.body = found.body.replace(b'"@odata.count":5', b'"@odata.count":6')
        return found

    server.answer = short  # type: ignore[method-assign]
    with pytest.raises(TransientError, match="5 of 6"):
        Landed().fetch(_source(server))
