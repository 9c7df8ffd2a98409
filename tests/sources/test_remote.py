"""Files at addresses, over lines that fail: nothing lost, nothing twice, no half file, no secret told."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from itertools import count as count_up
from pathlib import Path

import central_payloads as central
import pytest
from far_places import Far, run

from melflow.core.errors import TerminalError, TransientError
from melflow.core.landing import LandingStore
from melflow.core.workspace.source import OdkSource
from melflow.sources import archive, remote_files
from melflow.sources.fetch import count, fetch
from melflow.sources.payload import Payload
from melflow.sources.remote_files import Entry, Place

KINDS = ("s3", "sftp", "http")
BIG = os.urandom(300_000)


@pytest.mark.parametrize("far", KINDS, indirect=True)
def test_fetch_remote__unchanged_not_read_again(far: Far, tmp_path: Path) -> None:
    """Should land every file of the pattern once, name the unchanged afterwards, and read what changed or is new."""
    store = LandingStore(tmp_path / "landing")
    for name, content in {"b.csv": b"b,1", "a.csv": b"a,1", "same.csv": b"a,1", "c.txt": b"c", ".d.csv": b"d"}.items():
        far.put(name, content)
    found = list(fetch(far.source(), tmp_path))
    assert [one.origin for one in found] == [f"{far.path}/{name}" for name in ("a.csv", "b.csv", "same.csv")]
    assert [one.content for one in found if isinstance(one, Payload)] == [b"a,1", b"b,1", b"a,1"]
    for one in found:
        assert isinstance(one, Payload)
        store.land("log", one.origin, one.content, one.cursor, by_origin=True)
    assert len(store.all()) == 3  # each file stands for its own rows
    assert run(far, store, tmp_path) == ([], ["a.csv", "b.csv", "same.csv"], None)
    far.put("b.csv", b"b,two")
    far.put("e.csv", b"e,1")
    assert run(far, store, tmp_path) == (["b.csv", "e.csv"], ["a.csv", "same.csv"], None)
    assert run(far, store, tmp_path) == ([], ["a.csv", "b.csv", "e.csv", "same.csv"], None)
    assert count(far.source(), tmp_path) == 4
    far.put("b.csv", b"b,1")  # put back as it was: the bytes are known, and the newest again
    for one in fetch(far.source(), tmp_path, store.of_source("log")):
        if isinstance(one, Payload):
            landing, is_new = store.land("log", one.origin, one.content, one.cursor, by_origin=True)
            assert one.origin.endswith("b.csv") and not is_new and landing.again_at is not None
    assert run(far, store, tmp_path) == ([], ["a.csv", "b.csv", "e.csv", "same.csv"], None)


def test_fetch_remote__tables_of_one_export(far: Far, tmp_path: Path) -> None:
    """Should put the tables of repeats to their submissions, as in a folder, and read all of them when one changes."""
    store = LandingStore(tmp_path / "landing")
    row = {"who": "N", "skill": [{"title": "T"}], "meta": {"instanceID": "uuid:1"}}
    csvs = central.csvs([("uuid:1", row, central.system())]) | {"notes.csv": b"a,b\n1,2\n"}
    for name, content in csvs.items():
        far.put(name, content)
    source = OdkSource(name="o", title="O", path=f"{far.path}/*.csv", connector="odk", instrument="team")

    def run_once() -> list[tuple[str, int]]:
        found = []
        for one in fetch(source, tmp_path, store.of_source("o")):
            if isinstance(one, Payload):
                store.land("o", one.origin, one.content, one.cursor)
                n_files = len(archive.files(one.content)) if one.content.startswith(archive.MAGIC) else 1
                found.append((one.origin.rpartition("/")[2], n_files))
        return sorted(found)

    assert run_once() == [("notes.csv", 1), ("team.csv", 4)]
    assert run_once() == []
    assert [one.origin for one in fetch(source, tmp_path, store.of_source("o"))] == [
        f"{far.path}/notes.csv",
        f"{far.path}/team.csv",
    ]
    far.put("team-member.csv", csvs["team-member.csv"] + b"\n")
    assert run_once() == [("notes.csv", 1), ("team.csv", 4)]
    assert len(store.of_source("o")) == 3 and run_once() == []


@pytest.mark.parametrize("far", KINDS, indirect=True)
def test_fetch_remote__cuts(far: Far, tmp_path: Path) -> None:
    """Should land every file whole and once, whatever the line does: cut, hang up, fall silent, at any point."""
    store = LandingStore(tmp_path / "landing")
    files = {f"{n}.csv": bytes([n]) + BIG for n in range(3)}
    for name, content in files.items():
        far.put(name, content)
    far.line.plan = [10, "refuse", 5_000, 40_000, None, 200_000, 900, 150_000, "slow", 3_000, 310_000, 260_000, 100]
    for _ in range(12):
        if run(far, store, tmp_path)[2] is None and not far.line.plan:
            break
    assert sorted(store.read(one) for one in store.all()) == sorted(files.values())
    assert run(far, store, tmp_path) == ([], sorted(files), None)


@pytest.mark.parametrize("far", KINDS, indirect=True)
def test_fetch_remote__place_is_down(far: Far, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should say that it may be tried again, and land nothing, when the place is silent or hangs up for long."""
    hasty = replace(remote_files.PATIENCE, connect=1, silence=1, whole=2, attempts=2)
    monkeypatch.setattr(remote_files, "PATIENCE", hasty)
    far.put("a.csv", b"a")
    far.line.plan = ["refuse"] * 40
    landed, stood, error = run(far, LandingStore(tmp_path / "landing"), tmp_path)
    assert isinstance(error, TransientError) and not landed and not stood
    far.line.plan = ["slow"] * 40
    started = time.monotonic()
    assert isinstance(run(far, LandingStore(tmp_path / "landing"), tmp_path)[2], TransientError)
    assert time.monotonic() - started < 30


@pytest.mark.parametrize("far", ["sftp", "http"], indirect=True)
def test_fetch_remote__being_written(far: Far, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should not take a file that still grows, take the others, and take it whole once it stands still."""
    monkeypatch.setattr(remote_files, "PATIENCE", replace(remote_files.PATIENCE, attempts=2))
    store, sizes, look = LandingStore(tmp_path / "landing"), count_up(1000, 1000), Place._look
    far.put("done.csv", b"done")
    far.put("grows.csv", b"")

    def grown(place: Place, path: str) -> Entry:
        """Look when the file has grown again; by the clock it would not have on a busy machine."""
        if path.endswith("grows.csv"):
            far.put("grows.csv", BIG[: next(sizes)])
        return look(place, path)

    with monkeypatch.context() as growing:
        growing.setattr(Place, "_look", grown)
        landed, _, error = run(far, store, tmp_path)
    assert landed == ["done.csv"] and isinstance(error, TransientError) and "grows.csv" in str(error)
    assert next(sizes) > 3000  # it was tried again
    far.put("grows.csv", BIG)
    assert run(far, store, tmp_path) == (["grows.csv"], ["done.csv"], None)
    assert BIG in [store.read(one) for one in store.all()]


@pytest.mark.parametrize("far", KINDS, indirect=True)
def test_fetch_remote__too_large(far: Far, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should refuse a file beyond the limit by name, and take the others."""
    monkeypatch.setattr(remote_files, "MAX_BYTES", 1000)
    far.put("a.csv", b"a" * 2000)
    far.put("b.csv", b"b")
    landed, _, error = run(far, LandingStore(tmp_path / "landing"), tmp_path)
    assert landed == ["b.csv"] and isinstance(error, TerminalError)
    assert [problem.where for problem in error.problems] == [f"{far.path}/a.csv"]


@pytest.mark.parametrize("far", KINDS, indirect=True)
def test_fetch_remote__nothing_there(far: Far, tmp_path: Path) -> None:
    """Should call a file, a folder or a bucket that is not there a mistake; a folder without such files is none."""
    far.put("a.txt", b"a")
    assert list(fetch(far.source(), tmp_path)) == []
    with pytest.raises(TerminalError, match="nothing there"):
        list(fetch(far.source("absent.csv"), tmp_path))
    far.path = far.path.replace("bucket-", "bucketless-").replace("/folder", "/nowhere")
    with pytest.raises(TerminalError, match="nothing there"):
        list(fetch(far.source(), tmp_path))
