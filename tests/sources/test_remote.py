"""Files at addresses, over lines that fail: nothing lost, nothing twice, no half file, no secret told."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import boto3
import central_payloads as central
import pytest
from file_servers import PASSWORD, USER, Line, sftp, web
from moto.server import ThreadedMotoServer

from melflow.core.errors import MelflowError, TerminalError, TransientError
from melflow.core.landing import LandingStore
from melflow.core.workspace import ActivityLogSource
from melflow.core.workspace.source import OdkSource
from melflow.sources import archive, remote_files
from melflow.sources.fetch import count, fetch
from melflow.sources.payload import Payload, Standing

KINDS = ("s3", "sftp", "http")
BIG = os.urandom(300_000)


@dataclass
class Far:
    """A place behind its line."""

    line: Line
    path: str
    access: dict[str, str]
    put: Callable[[str, bytes], None]
    server: Any = None

    def source(self, pattern: str = "*.csv", **access: str) -> ActivityLogSource:
        columns = {"occurred_on": "d", "from_partner": "f", "to_partner": "t", "kind": "k"}
        return ActivityLogSource.model_validate(
            {
                "name": "log", "title": "Log", "connector": "activity_log", "columns": columns,
                "path": f"{self.path}/{pattern}", "access": (self.access | access) or None,
            }
        )  # fmt: skip


@pytest.fixture(scope="module")
def store_server() -> Iterator[int]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    yield server.get_host_and_port()[1]
    server.stop()


@pytest.fixture(autouse=True)
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    patience = replace(remote_files.PATIENCE, connect=5, silence=1.5, whole=6, first_wait=0.02, settle=0.05)
    monkeypatch.setattr(remote_files, "PATIENCE", patience)
    secrets = {"S3_KEY": "test", "S3_SECRET": "test", "FTP_USER": USER, "FTP_PASSWORD": PASSWORD, "WEB_TOKEN": "hush-1"}
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def far(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Far]:
    kind = getattr(request, "param", "http")
    folder = tmp_path / "far" / "folder"
    folder.mkdir(parents=True)

    def put(name: str, content: bytes) -> None:
        (folder / name).write_bytes(content)

    if kind == "s3":
        port = request.getfixturevalue("store_server")
        client = boto3.client(
            "s3", endpoint_url=f"http://127.0.0.1:{port}", aws_access_key_id="test", aws_secret_access_key="test",
            region_name="us-east-1",
        )  # fmt: skip
        bucket = f"bucket-{abs(hash(tmp_path))}"
        client.create_bucket(Bucket=bucket)
        line = Line(port)
        access = {"key": "S3_KEY", "secret": "S3_SECRET", "endpoint": f"http://127.0.0.1:{line.port}"}

        def put(name: str, content: bytes) -> None:
            client.put_object(Bucket=bucket, Key=f"folder/{name}", Body=content)

        yield Far(line, f"s3://{bucket}/folder", access, put)
    elif kind == "sftp":
        with sftp(folder.parent) as (port, fingerprint):
            line = Line(port)
            access = {"user": "FTP_USER", "password": "FTP_PASSWORD", "host_key": fingerprint}
            yield Far(line, f"sftp://127.0.0.1:{line.port}/folder", access, put)
    else:
        with web(folder.parent) as server:
            line = Line(server.server_address[1])
            yield Far(line, f"http://127.0.0.1:{line.port}/folder", {}, put, server)
    line.close()


def run(far: Far, store: LandingStore, root: Path, **access: str) -> tuple[list[str], list[str], MelflowError | None]:
    """Fetch and land as intake does; return names landed, names that stood, and the error at the end."""
    landed, stood = [], []
    try:
        for one in fetch(far.source(**access), root, store.of_source("log")):
            name = one.origin.rpartition("/")[2]
            if isinstance(one, Standing):
                stood.append(name)
            else:
                assert store.land("log", one.origin, one.content, one.cursor, by_origin=True)[1]
                landed.append(name)
    except MelflowError as error:
        return landed, stood, error
    return landed, stood, None


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
    monkeypatch.setattr(remote_files, "PATIENCE", replace(remote_files.PATIENCE, settle=0.3, attempts=2))
    store, stop = LandingStore(tmp_path / "landing"), threading.Event()
    far.put("done.csv", b"done")
    far.put("grows.csv", b"")

    def write() -> None:
        size = 0
        while not stop.wait(0.02):
            size += 1000
            far.put("grows.csv", BIG[:size])

    writing = threading.Thread(target=write)
    writing.start()
    landed, _, error = run(far, store, tmp_path)
    stop.set()
    writing.join()
    assert landed == ["done.csv"] and isinstance(error, TransientError) and "grows.csv" in str(error)
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


def test_fetch_remote__secret_not_set(far: Far, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should name the variable that is not set, before anything is asked."""
    monkeypatch.delenv("WEB_TOKEN")
    with pytest.raises(TerminalError, match=r"sources/log\.yml: .* no variable WEB_TOKEN\. Set WEB_TOKEN"):
        list(fetch(far.source(token="WEB_TOKEN"), tmp_path))
    assert far.line.connections == 0


@pytest.mark.parametrize("far", ["sftp"], indirect=True)
def test_fetch_remote__sftp_strangers(far: Far, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should refuse an unknown host key with the fingerprint to add, a changed one, and say when we are refused."""
    far.put("a.csv", b"a")
    pinned = far.access.pop("host_key")
    with pytest.raises(TerminalError, match="unknown key") as caught:
        count(far.source(), tmp_path)
    assert f"'host_key: {pinned}'" in str(caught.value)
    with pytest.raises(TerminalError, match="another key"):
        count(far.source(host_key="SHA256:" + "A" * 43), tmp_path)
    monkeypatch.setenv("FTP_PASSWORD", "wrong-password")
    with pytest.raises(TerminalError, match="a refusal") as caught:
        count(far.source(host_key=pinned), tmp_path)
    assert "wrong-password" not in str(caught.value)


@pytest.mark.parametrize("far", ["sftp"], indirect=True)
def test_fetch_remote__known_hosts(far: Far, tmp_path: Path) -> None:
    """Should take the keys that OpenSSH wrote down, for this host and port."""
    import paramiko

    far.put("a.csv", b"a")
    far.access.pop("host_key")
    with paramiko.Transport(("127.0.0.1", far.line.port)) as asked:
        asked.start_client(timeout=5)
        key = asked.get_remote_server_key()
    line = f"[127.0.0.1]:{far.line.port} {key.get_name()} {key.get_base64()}\n"
    (tmp_path / "known_hosts").write_text(line)
    assert count(far.source(known_hosts="known_hosts"), tmp_path) == 1


@pytest.mark.parametrize("status", [401, 403, 404, 500, 429])
def test_fetch_remote__web_refusals(far: Far, tmp_path: Path, status: int) -> None:
    """Should stop at refusals, try again what may pass, and never tell the token or the signed link."""
    os.environ["WEB_QUERY"] = "X-Signature=hush-2"
    far.put("a.csv", b"a")
    far.server.statuses["a.csv"] = status
    kind = TransientError if status in (500, 429) else TerminalError
    for access in ({"token": "WEB_TOKEN"}, {"query": "WEB_QUERY"}):
        with pytest.raises(kind) as caught:
            list(fetch(far.source("a.csv", **access), tmp_path))
        assert "hush" not in str(caught.value) and f"{far.path}/a.csv" in str(caught.value)
        assert caught.value.__cause__ is None and caught.value.__suppress_context__


def test_fetch_remote__secrets_travel_to_their_host_only(far: Far, tmp_path: Path) -> None:
    """Should send token and signed link to the place, not on to where it redirects, and keep both out of origins."""
    os.environ["WEB_QUERY"] = "X-Signature=hush-2"
    far.put("a.csv", b"a")
    (tmp_path / "far2" / "folder").mkdir(parents=True)
    (tmp_path / "far2" / "folder" / "moved.csv").write_bytes(b"moved")
    [found] = fetch(far.source("a.csv", query="WEB_QUERY"), tmp_path)
    assert found.origin == f"{far.path}/a.csv" and "hush" not in str(found)
    assert {path for _, path, _ in far.server.asked} == {"/folder/a.csv?X-Signature=hush-2"}
    far.server.asked.clear()
    with web(tmp_path / "far2") as other:
        far.server.redirects["a.csv"] = f"http://127.0.0.1:{other.server_address[1]}/folder/moved.csv"
        [moved] = fetch(far.source("a.csv", token="WEB_TOKEN"), tmp_path)
        assert isinstance(moved, Payload) and moved.content == b"moved"
        assert {one[2] for one in far.server.asked} == {"Bearer hush-1"}
        assert {one[2] for one in other.asked} == {None}


def test_fetch_remote__no_length_read_twice(far: Far, tmp_path: Path) -> None:
    """Should read an answer that announces no end twice, and take it when both are the same."""
    looked = b""  # a look at the file begins to read it, where the head of the answer says too little
    far.server.endless["a.csv"] = [looked, b"whole", b"wh", b"whole", b"whole", looked]
    [found] = fetch(far.source("a.csv"), tmp_path)
    assert isinstance(found, Payload) and found.content == b"whole"
    assert not far.server.endless["a.csv"] and found.cursor == ""
