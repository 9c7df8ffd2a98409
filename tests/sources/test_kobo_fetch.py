from __future__ import annotations

import functools
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from kobo_place import Place, record
from kobo_server import ASSET, TOKEN, Project, serve

from melflow.core.errors import SourceError, TerminalError, TransientError
from melflow.sources import inventory, kobo_fetch
from melflow.sources.http import Client
from melflow.sources.payload import Payload


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.setenv("KOBO_TOKEN", TOKEN)
    monkeypatch.setattr(kobo_fetch, "Client", functools.partial(Client, sleep=lambda seconds: None))
    project = Project()
    with serve(project) as server:
        yield Place(project, server, tmp_path / "landing")


def of_data(payloads: list[Payload]) -> list[Payload]:
    return [one for one in payloads if inventory.has_rows(one.origin)]


def kinds(payloads: list[Payload]) -> list[str]:
    return [one.origin.rpartition("#")[2] if not inventory.has_rows(one.origin) else "data" for one in payloads]


@pytest.mark.parametrize("most", [1000, 100, 7])
def test_fetch__every_page(place: Place, most: int) -> None:
    """Should hand over every submission, whatever the server's cap, and say so at the end."""
    place.project.most = most
    for key in range(1, 251):
        place.project.add(record(key))
    found = place.fetch()
    assert len(of_data(found)) == -(-250 // most)
    assert kinds(found)[-1] == "inventory"
    assert set(place.stands()) == {str(key) for key in range(1, 251)}
    last = inventory.read(found[-1].content)
    assert (last.complete, last.count, len(last.pages)) == (True, 250, len(of_data(found)))
    assert not any(TOKEN in one.origin for one in found)


def test_fetch__nothing_new(place: Place) -> None:
    """Should ask little and land nothing again, and after a sweep only move the time of the inventory."""
    for key in range(1, 2501):
        place.project.add(record(key))
    first = place.fetch()
    place.project.asked.clear()
    assert place.fetch() == []
    assert len(place.project.asked) == 3  # the project, its newest submissions, and how many there are
    place.age(days=2)
    again = place.fetch()
    assert [(one.origin, one.content) for one in again] == [(first[-1].origin, first[-1].content)]
    assert again[0].cursor > first[-1].cursor
    assert place.fetch() == []


def test_fetch__what_is_new(place: Place) -> None:
    """Should hand over only what came since, and what came late with a lower id."""
    for key in range(1, 301):
        if key != 290:
            place.project.add(record(key))
    place.fetch()
    place.project.add(record(290))
    place.project.add(record(301))
    found = place.fetch()
    assert kinds(found) == ["data", "inventory"]
    assert b'"_id": 290' in found[0].content and b'"_id": 301' in found[0].content
    assert found[0].content.count(b'"_id"') == 2
    assert not inventory.read(found[1].content).complete
    assert len(place.stands()) == 301


def test_fetch__edits_in_a_sweep(place: Place) -> None:
    """Should find edits and other validation by comparing everything, and hand over these submissions alone."""
    for key in range(1, 1501):
        place.project.add(record(key))
    place.fetch()
    place.project.edit(700, q="changed")
    place.project.validate(900, "approved")
    assert place.fetch() == []  # not swept yet: Kobo does not say
    place.age(days=1)
    found = place.fetch()
    assert kinds(found) == ["data", "inventory"]
    assert found[0].content.count(b'"_id"') == 2
    assert place.stands()["700"].version == place.project.records[700]["_uuid"]
    assert place.stands()["900"].state == "validation_status_approved"


@pytest.mark.parametrize("key", [3, 1490])
def test_fetch__a_deletion_is_seen_at_once(place: Place, key: int) -> None:
    """Should sweep as soon as the count is not the one expected, and keep the time a deletion was found."""
    for number in range(1, 1501):
        place.project.add(record(number))
    place.fetch()
    place.project.delete(key)
    found = place.fetch()
    assert kinds(found) == ["inventory"]
    first = place.stands()[str(key)].deleted_at
    assert first is not None
    place.age(days=2)
    place.project.edit(5, q="another")
    place.fetch()
    assert place.stands()[str(key)].deleted_at == first


def test_fetch__back_again(place: Place) -> None:
    """Should let a submission that went from A to B and back stand as A, and one that re-appears stand again."""
    for number in range(1, 11):
        place.project.add(record(number))
    place.change(sweep_days=0)
    place.fetch()
    before = dict(place.project.records[4])
    edited = place.project.edit(4, q="B")
    place.fetch()
    assert place.stands()["4"].version == edited["_uuid"]
    place.project.add(before)
    place.project.delete(7)
    place.fetch()
    assert place.stands()["4"].version == "u4"
    assert place.stands()["7"].deleted_at is not None
    place.project.add(record(7))
    place.fetch()
    assert place.stands()["7"].deleted_at is None


def test_fetch__cut_off(place: Place) -> None:
    """Should keep what landed, delete nothing, and begin again when the server goes away in the middle."""
    for key in range(1, 2501):
        place.project.add(record(key))
    place.fetch()
    for key in range(2501, 4001):
        place.project.add(record(key))
    place.project.delete(1)
    place.project.trouble = lambda: 503 if place.project.n_asked > begun + 2 else None
    begun = place.project.n_asked
    found: list[Payload] = []
    with pytest.raises(TransientError):
        place.fetch_into(found)
    assert kinds(found) == ["data"]
    assert place.stands()["1"].deleted_at is None
    place.project.trouble = lambda: None
    place.fetch()
    assert place.stands()["1"].deleted_at is not None
    assert len([row for row in place.stands().values() if row.deleted_at is None]) == 3999


def test_fetch__written_to_meanwhile(place: Place) -> None:
    """Should sweep anew while submissions are deleted and sent between two pages."""
    for key in range(1, 2001):
        place.project.add(record(key))
    acts = iter([None, None, 5, None, None])

    def act() -> None:
        key = next(acts, None)
        if key:
            place.project.delete(key)
            place.project.add(record(3000))

    place.project.before = act
    place.fetch()
    assert {int(key) for key, row in place.stands().items() if row.deleted_at is None} == set(place.project.records)


def test_fetch__fewer_than_counted(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should fail loudly, and take nothing for deleted, when the server hands over less than it counts."""
    for key in range(1, 11):
        place.project.add(record(key))
    place.fetch()
    monkeypatch.setattr(kobo_fetch.Project, "count", lambda self: 12)
    with pytest.raises(TransientError, match="10 submissions where it counts 12"):
        place.fetch()
    assert all(row.deleted_at is None for row in place.stands().values())


def test_fetch__a_server_of_another_kind(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should refuse a server that passes over the order or the ids it was asked for."""
    monkeypatch.setattr(place.project, "_data", lambda query, address: b'{"count": 2, "next": null, "results": []}')
    with pytest.raises(TransientError):
        place.fetch()
    rows = b'{"count": 2, "next": null, "results": [{"_id": 2}, {"_id": 1}]}'
    monkeypatch.setattr(place.project, "_data", lambda query, address: rows)
    with pytest.raises(SourceError, match="another order"):
        place.fetch()
    for wrong in (b'{"detail": "no"}', b"[]", b'{"count": 1, "results": [{"id": 1}]}'):
        monkeypatch.setattr(place.project, "_data", lambda query, address, wrong=wrong: wrong)
        with pytest.raises(SourceError, match="something else"):
            place.fetch()


def test_fetch__token(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should name the variable that is absent, and say when the server refuses what is in it."""
    monkeypatch.delenv("KOBO_TOKEN")
    with pytest.raises(TerminalError, match="no variable KOBO_TOKEN"):
        place.fetch()
    monkeypatch.setenv("KOBO_TOKEN", "another")
    with pytest.raises(TerminalError, match="token refused") as told:
        place.fetch()
    assert "another" not in str(told.value)


def test_fetch__form(place: Place) -> None:
    """Should hand over the project and every deployed version of its form, each once."""
    place.project.versions = ["vA", "vB", "vC"]
    place.project.add(record(1))
    base = f"{place.config.server}/api/v2/assets/{ASSET}/"
    forms = [one.origin for one in place.fetch() if one.origin.endswith(inventory.FORM)]
    assert forms == [*(f"{base}versions/{name}/#form" for name in ("vA", "vB", "vC")), f"{base}#form"]
    assert place.fetch() == []
    place.project.versions.append("vD")
    place.project.content = {"survey": ["more"]}
    assert [one.origin for one in place.fetch()] == [f"{base}versions/vD/#form", f"{base}#form"]


def test_fetch__form_with_fewer_versions_than_counted(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should fail with both numbers when the list of versions is shorter than the server's count of them."""
    listed = b'{"count": 3, "next": null, "results": [{"uid": "vA", "date_deployed": "2026-01-01T00:00:00Z"}]}'
    monkeypatch.setattr(place.project, "_versions", lambda query, address: listed)
    with pytest.raises(TransientError, match="1 versions where it counts 3"):
        place.fetch()


def test_fetch__attachments(place: Place) -> None:
    """Should fetch files only when asked to, each once, and go on when one is not there any more."""
    place.project.files = {"11": b"photo", "22": b"sound"}
    files = [{"id": 11, "filename": "someone/photo.jpg"}, {"id": 12}, {"id": 13, "is_deleted": True}]
    place.project.add(record(1, _attachments=files))
    place.project.add(record(2))
    assert "attachment" not in kinds(place.fetch())
    place.change(attachments=True, sweep_days=0)
    found: list[Payload] = []
    with pytest.raises(TerminalError, match="nothing there") as told:
        place.fetch_into(found)
    assert told.value.problems[0].where.endswith("/data/1/attachments/12/")
    assert [one.content for one in found if one.origin.endswith(inventory.ATTACHMENT)] == [b"photo"]
    assert "photo.jpg" not in str([one.origin for one in found])
    assert kinds(found)[-1] == "inventory"
    place.project.add(record(1, _attachments=files[:1]))
    place.project.add(record(2, _attachments=[{"uid": "22"}]))
    assert kinds(place.fetch()) == ["data", "attachment", "inventory"]
    assert place.fetch()[:-1] == []


def test_inventory__read_back() -> None:
    """Should read back what it wrote."""
    rows = {
        "1": inventory.Sighting("1", "u1", "validation_status_approved", "h", files=("11",)),
        "2": inventory.Sighting("2", deleted_at="2026-01-01T00:00:00+00:00"),
    }
    one = inventory.Inventory(True, datetime(2026, 2, 1, tzinfo=UTC), 1, rows, ("ab",))
    payload = inventory.payload("k", "https://kobo.example/x", one)
    assert inventory.read(payload.content) == one
    assert list(one.present) == ["1"]
    assert not inventory.has_rows(payload.origin) and inventory.has_rows("inbox/a.csv#inventory")
