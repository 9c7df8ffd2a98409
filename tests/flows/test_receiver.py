"""Pushes over real loopback to a real process: whoever was answered 2xx is in landing, whatever happens then."""

from __future__ import annotations

import concurrent.futures
import contextlib
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from melflow.core.errors import MelflowError
from melflow.core.landing import LandingStore
from melflow.core.workspace import load_workspace
from melflow.flows.receiver import doors, signature
from melflow.flows.receiver_process import receiving
from tests.core.conftest import FILES

SIGNED, TOKEN = "the secret that the senders sign with", "the token that Kobo sends in a header"
PUSH = "push: {{secret: {name}, sender: {sender}, max_bytes: 2000}}\n"
LOG = """\
connector: activity_log
title: Visits
path: inbox/visits/*.jsonl
columns: {occurred_on: day, from_partner: giver, to_partner: taker, kind: kind}
"""


@dataclass
class Running:
    process: subprocess.Popen[bytes]
    address: str
    folder: Path
    http: httpx.Client = field(
        default_factory=lambda: httpx.Client(timeout=30, limits=httpx.Limits(max_connections=50))
    )

    def landed(self, source: str) -> list[bytes]:
        store = LandingStore(self.folder / "var" / "landing")
        return [store.read(landing) for landing in store.of_source(source)]

    def sign(self, body: bytes, *, source: str = "visits", at: float = 0, key: str = SIGNED) -> httpx.Response:
        timestamp = str(int(time.time() + at))
        headers = {
            "X-Melflow-Timestamp": timestamp, "X-Melflow-Signature": signature(key.encode(), timestamp, body)
        }  # fmt: skip
        return self.http.post(f"{self.address}/push/{source}", content=body, headers=headers)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pushed")
    files = FILES | {
        "sources/visits.yml": LOG + PUSH.format(name="PUSH_SIGNED", sender="signs"),
        "sources/survey.yml": FILES["sources/survey.yml"] + PUSH.format(name="PUSH_TOKEN", sender="token"),
    }
    for file, text in files.items():
        path = folder / file
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(folder: Path, port: int) -> Running:
    command = [sys.executable, "-m", "melflow.flows.cli", "-C", str(folder), "serve", "--pushes-only"]
    environment = os.environ | {"PUSH_SIGNED": SIGNED, "PUSH_TOKEN": TOKEN}
    log = (folder / "receiver.log").open("ab")
    process = subprocess.Popen([*command, "--push-port", str(port)], env=environment, stdout=log, stderr=log)
    running = Running(process, f"http://127.0.0.1:{port}", folder)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(f"{running.address}/health", timeout=2).is_success:
                return running
        time.sleep(0.05)
    raise AssertionError("the receiver did not start")


@pytest.fixture(scope="module")
def receiver(folder: Path) -> Iterator[Running]:
    running = start(folder, free_port())
    yield running
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(timeout=20) in (0, -signal.SIGTERM)


def test_push__lands_before_it_is_answered(receiver: Running) -> None:
    """Should land the bytes as they are, of any kind, and the same bytes once however often they come."""
    for body in (b'{"day": "2025-01-01"}', b"PK\x03\x04 anything", b"x" * 2000):
        first, again = receiver.sign(body), receiver.sign(body, at=-200)
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json()["landed"] == again.json()["landed"] and not again.json()["new"]
        assert receiver.landed("visits").count(body) == 1
    by_token = httpx.post(f"{receiver.address}/push/survey", content=b"{}", headers={"X-Melflow-Token": TOKEN})
    assert by_token.status_code == 201 and receiver.landed("survey") == [b"{}"]


def test_push__refused(receiver: Running) -> None:
    """Should refuse whom it does not know, what is late, too large or empty, and land none of it."""
    before = receiver.landed("visits"), receiver.landed("survey")
    body = b"refuse me, Ana Flores"
    assert receiver.sign(body, key="another secret, as long").status_code == 401
    assert receiver.sign(body, at=-301).status_code == 401
    assert receiver.sign(body, at=330).status_code == 401
    assert receiver.sign(b"").status_code == 400
    assert receiver.sign(b"x" * 2001).status_code == 413
    assert receiver.sign(body, source="results").status_code == 404
    assert receiver.sign(body, source="nobody").status_code == 404
    assert receiver.sign(body, source="survey").status_code == 401  # a token is asked for there
    for headers in ({}, {"X-Melflow-Token": SIGNED}, {"X-Melflow-Timestamp": "½"}, {"X-Melflow-Signature": "é"}):
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        for source in ("visits", "survey"):
            answer = httpx.post(f"{receiver.address}/push/{source}", content=body, headers=raw)
            assert answer.status_code == 401 and "Ana" not in answer.text
    packed = {"X-Melflow-Token": TOKEN, "Content-Encoding": "gzip"}
    assert httpx.post(f"{receiver.address}/push/survey", content=body, headers=packed).status_code == 415
    assert httpx.get(f"{receiver.address}/push/survey").status_code == 405
    assert (receiver.landed("visits"), receiver.landed("survey")) == before
    told = (receiver.folder / "receiver.log").read_text(encoding="utf-8")
    assert "landed visits-" in told and "refused: 401" in told
    assert not any(word in told for word in ("Ana", SIGNED, TOKEN, "Traceback"))


def test_push__endless(receiver: Running) -> None:
    """Should hang up on a body that announces no length once it is too long, not at its end."""
    sent = 0

    def parts() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(100_000):
            sent += 1000
            yield b"x" * 1000

    with contextlib.suppress(httpx.HTTPError):  # the answer, or a line that is cut while we send
        answer = httpx.post(f"{receiver.address}/push/survey", content=parts(), headers={"X-Melflow-Token": TOKEN})
        assert answer.status_code == 413
    assert sent < 50_000_000


def test_push__half_a_body(receiver: Running) -> None:
    """Should land nothing of a push whose sender hangs up in the middle."""
    before = receiver.landed("survey")
    with socket.create_connection(("127.0.0.1", int(receiver.address.rpartition(":")[2]))) as line:
        head = f"POST /push/survey HTTP/1.1\r\nHost: x\r\nX-Melflow-Token: {TOKEN}\r\nContent-Length: 100\r\n\r\n"
        line.sendall(head.encode() + b"half a body")
    time.sleep(0.3)
    assert receiver.landed("survey") == before


def test_push__ledger_is_busy(receiver: Running) -> None:
    """Should answer 503 with a time to come back while another process keeps the ledger, and take it then."""
    ledger = sqlite3.connect(receiver.folder / "var" / "landing" / "ledger.sqlite", isolation_level=None)
    ledger.execute("begin immediate")
    answer = receiver.sign(b"while it is busy")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    ledger.execute("rollback")
    ledger.close()
    assert receiver.sign(b"while it is busy").status_code == 201


def test_push__killed(folder: Path) -> None:
    """Should have every push that was answered 2xx in landing, with fifty senders and a SIGKILL in the middle."""
    port = free_port()
    running = start(folder, port)
    answered: list[bytes] = []
    tried: list[bytes] = []
    is_first = threading.Lock()

    def send(sender: int) -> None:
        for number in range(6):
            body = f'{{"sender": {sender}, "number": {number}}}'.encode()
            tried.append(body)
            for _ in range(200):  # as senders do: again until it is answered
                try:
                    answer = running.sign(body)
                except httpx.HTTPError:
                    time.sleep(0.1)
                    continue
                if answer.is_success:
                    answered.append(body)
                    # two senders may be here at once, and neither see exactly a hundred
                    if len(answered) >= 100 and is_first.acquire(blocking=False):
                        os.kill(running.process.pid, signal.SIGKILL)
                    break
                time.sleep(0.1)

    with concurrent.futures.ThreadPoolExecutor(50) as senders:
        sending = [senders.submit(send, sender) for sender in range(50)]
        assert running.process.wait(timeout=60) == -signal.SIGKILL
        answered_before = list(answered)
        landed_before = running.landed("visits")
        again = start(folder, port)
        for one in concurrent.futures.as_completed(sending):
            one.result()
    again.process.terminate()
    assert again.process.wait(timeout=20) in (0, -signal.SIGTERM)
    assert 100 <= len(answered_before) < 300 and set(answered_before) <= set(landed_before)
    landed = running.landed("visits")
    assert sorted(answered) == sorted(tried) and len(answered) == 300
    assert all(landed.count(body) == 1 for body in answered)


def test_receiving__started_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should start the receiver with its keeper, again when it is killed, and stop it at the end."""
    monkeypatch.setenv("PUSH_SIGNED", SIGNED)
    monkeypatch.setenv("PUSH_TOKEN", TOKEN)
    port = free_port()

    def children() -> set[int]:
        tasks = Path(f"/proc/{os.getpid()}/task").glob("*/children")
        return {int(pid) for task in tasks for pid in task.read_text().split()}

    before = children()
    with receiving(load_workspace(folder), "127.0.0.1", port) as addresses:
        assert addresses == [f"http://127.0.0.1:{port}/push/{source}" for source in ("survey", "visits")]
        [first] = children() - before
        os.kill(first, signal.SIGKILL)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"http://127.0.0.1:{port}/health", timeout=2).is_success:
                    break
            time.sleep(0.1)
        [second] = children() - before
        assert second != first
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{port}/health")
    assert children() == before


@pytest.mark.parametrize(("value", "words"), [("", "no variable PUSH_SIGNED"), ("short", "5 in PUSH_SIGNED")])
def test_doors__secret(folder: Path, monkeypatch: pytest.MonkeyPatch, value: str, words: str) -> None:
    """Should not open a door whose secret is not set, or could be found by trying."""
    monkeypatch.setenv("PUSH_SIGNED", value)
    monkeypatch.setenv("PUSH_TOKEN", TOKEN)
    with pytest.raises(MelflowError, match=words) as caught:
        doors(load_workspace(folder))
    assert caught.value.problems[0].where == "sources/visits.yml"
