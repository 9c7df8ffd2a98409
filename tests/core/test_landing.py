from __future__ import annotations

import contextlib
import hashlib
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier

import pytest
from hypothesis import given
from hypothesis import strategies as st

from melflow.core.errors import TerminalError
from melflow.core.landing import LandingStore


def test_land__put_back(tmp_path: Path) -> None:
    """Should know a file that was put back as it was as the newest of its origin, and write nothing else for it."""
    store = LandingStore(tmp_path)
    first, _ = store.land("s", "inbox/a.csv", b"one")
    second, _ = store.land("s", "inbox/a.csv", b"two")
    assert store.land("s", "inbox/a.csv", b"two") == (second, False)
    again, is_new = store.land("s", "inbox/a.csv", b"one")
    assert not is_new and again.load_id == first.load_id and again.newest_at > second.newest_at
    assert max(store.all(), key=lambda landing: landing.newest_at) == again
    assert store.land("s", "inbox/a.csv", b"one") == (again, False)


def test_land__new_payload(tmp_path: Path) -> None:
    """Should keep the bytes under their hash and give them back unchanged."""
    store = LandingStore(tmp_path)
    landing, is_new = store.land("log", "inbox/a.csv", b"\xef\xbb\xbfa;b\r\n\x00")
    assert is_new
    assert store.read(landing) == b"\xef\xbb\xbfa;b\r\n\x00"
    assert (tmp_path / landing.sha256[:2] / landing.sha256).exists()
    assert landing.load_id == f"log-{landing.sha256[:12]}"
    assert (datetime.now(UTC) - landing.landed_at).total_seconds() < 60


def test_land__same_bytes_again(tmp_path: Path) -> None:
    """Should land the same bytes of one source once, whatever the file is called, and for each source anew."""
    store = LandingStore(tmp_path)
    first, _ = store.land("log", "inbox/a.csv", b"x")
    again, is_new = store.land("log", "inbox/copy of a.csv", b"x")
    assert not is_new
    assert again == first
    assert store.land("other", "inbox/a.csv", b"x")[1]
    assert len(store.all()) == 2


def test_land__same_bytes_by_origin(tmp_path: Path) -> None:
    """Should land the same bytes once per file where rows stand as long as their file, under names of their own."""
    store = LandingStore(tmp_path)
    first, _ = store.land("log", "inbox/a.csv", b"x", by_origin=True)
    other, is_new = store.land("log", "inbox/b.csv", b"x", "cursor", by_origin=True)
    assert is_new and other.origin == "inbox/b.csv" and first.load_id == f"log-{first.sha256[:12]}" != other.load_id
    assert store.land("log", "inbox/b.csv", b"x", by_origin=True) == (other, False)
    assert store.land("log", "inbox/a.csv", b"x", by_origin=True) == (first, False)
    store.land("log", "inbox/b.csv", b"y", by_origin=True)
    back, is_new = store.land("log", "inbox/b.csv", b"x", by_origin=True)
    assert not is_new and back.load_id == other.load_id and back.again_at is not None
    assert LandingStore(tmp_path).all()[:2] == [first, back]


def test_store__of_an_earlier_version(tmp_path: Path) -> None:
    """Should keep every row of a ledger whose key had no place yet, and take the same bytes of another file."""
    with contextlib.closing(sqlite3.connect(tmp_path / "ledger.sqlite")) as ledger, ledger:
        ledger.execute(
            "create table landing (source text not null, sha256 text not null, origin text not null, "
            "size_bytes integer not null, landed_at text not null, primary key (source, sha256)) strict"
        )
        sha256 = hashlib.sha256(b"x").hexdigest()
        ledger.execute("insert into landing values ('log', ?, 'inbox/a.csv', 1, '2025-01-01T00:00:00+00:00')", [sha256])
    store = LandingStore(tmp_path)
    assert [(one.origin, one.cursor, one.place) for one in store.all()] == [("inbox/a.csv", "", "")]
    assert store.land("log", "inbox/b.csv", b"x", by_origin=True)[1]
    assert len(LandingStore(tmp_path).all()) == 2


def test_store__made_by_several_at_once(tmp_path: Path) -> None:
    """Should be made once though the sources of a first run make it at the same moment."""
    start = Barrier(8)

    def land(number: int, folder: Path) -> bool:
        start.wait()
        return LandingStore(folder).land("kobo", f"inbox/{number}.csv", b"%d" % number)[1]

    with ThreadPoolExecutor(8) as pool:
        for attempt in range(30):
            folder = tmp_path / str(attempt)
            assert all(pool.map(land, range(8), [folder] * 8))
            assert len(LandingStore(folder).of_source("kobo")) == 8


def test_of_source__order(tmp_path: Path) -> None:
    """Should list the landings of one source in the order they came, from another process' view too."""
    store = LandingStore(tmp_path)
    for content in (b"3", b"1", b"2"):
        store.land("log", f"inbox/{content.decode()}", content)
    assert [item.origin for item in LandingStore(tmp_path).of_source("log")] == ["inbox/3", "inbox/1", "inbox/2"]


def test_of_source__a_clock_that_steps_back(tmp_path: Path) -> None:
    """Should list what came later later, though the clock was put right in between."""
    store = LandingStore(tmp_path)
    store.land("log", "inbox/a", b"1")
    with contextlib.closing(sqlite3.connect(tmp_path / "ledger.sqlite")) as ledger, ledger:
        ledger.execute("update landing set landed_at = '2999-01-01T00:00:00+00:00'")
    store.land("log", "inbox/b", b"2")
    assert [item.origin for item in LandingStore(tmp_path).of_source("log")] == ["inbox/a", "inbox/b"]


def test_read__damaged_payload(tmp_path: Path) -> None:
    """Should refuse bytes that no longer have their hash, naming the file to drop again."""
    store = LandingStore(tmp_path)
    landing, _ = store.land("log", "inbox/a.csv", b"x")
    (tmp_path / landing.sha256[:2] / landing.sha256).write_bytes(b"y")
    with pytest.raises(TerminalError, match=r"another content.*inbox/a\.csv"):
        store.read(landing)


def test_land__crash_before_the_ledger_row(tmp_path: Path) -> None:
    """Should land a payload again when only its bytes had been written."""
    store = LandingStore(tmp_path)
    landing, _ = store.land("log", "inbox/a.csv", b"x")
    (tmp_path / "ledger.sqlite").unlink()
    again, is_new = LandingStore(tmp_path).land("log", "inbox/a.csv", b"x")
    assert is_new
    assert again.sha256 == landing.sha256


@given(st.lists(st.binary(max_size=64), max_size=12))
def test_land__nothing_lost(tmp_path_factory: pytest.TempPathFactory, payloads: list[bytes]) -> None:
    """Should give back every byte of every payload."""
    store = LandingStore(tmp_path_factory.mktemp("landing"))
    landed = [store.land("log", str(index), payload)[0] for index, payload in enumerate(payloads)]
    assert [store.read(landing) for landing in landed] == payloads
    assert len(store.all()) == len(set(payloads))
