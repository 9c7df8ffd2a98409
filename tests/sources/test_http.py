from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from melflow.core.errors import TerminalError, TransientError
from melflow.sources import http
from melflow.sources.http import Client

Answer = tuple[int, dict[str, str], bytes]
SECRET = "Token 0123456789"


class Far:
    """A server that answers what is put into ``answers``, the last one for ever, and remembers what it was sent."""

    def __init__(self) -> None:
        self.answers: list[Answer | str] = [(200, {}, b'{"ok": 1}')]
        self.tokens: list[str | None] = []
        self.paths: list[str] = []
        self.waits: list[float] = []
        far = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                far.tokens.append(self.headers.get("Authorization"))
                far.paths.append(self.path)
                answer = far.answers.pop(0) if len(far.answers) > 1 else far.answers[0]
                if isinstance(answer, str):  # the connection is cut in the middle of an answer
                    self.send_response(200)
                    self.send_header("Content-Length", "100")
                    self.end_headers()
                    self.wfile.write(answer.encode())
                    self.close_connection = True
                    return
                status, headers, body = answer
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        self.address = f"http://127.0.0.1:{self.server.server_port}"

    def client(self, **more: object) -> Client:
        return Client(self.address, {"Authorization": SECRET}, sleep=self.waits.append, **more)  # type: ignore[arg-type]


@pytest.fixture
def far() -> Iterator[Far]:
    one = Far()
    yield one
    one.server.shutdown()
    one.server.server_close()


@pytest.fixture
def other() -> Iterator[Far]:
    one = Far()
    yield one
    one.server.shutdown()
    one.server.server_close()


@pytest.mark.parametrize(
    "trouble",
    [(500, {}, b""), (503, {}, b""), (408, {}, b""), (429, {}, b""), '{"ok": ', (200, {}, b'{"ok": ')],
    ids=["500", "503", "time-out", "429", "cut", "half"],
)
def test_get_json__trouble_that_passes(far: Far, trouble: Answer | str) -> None:
    """Should ask again, waiting longer each time, and return the whole answer in the end."""
    far.answers = [trouble, trouble, (200, {}, b'{"ok": 1}')]
    with far.client() as client:
        assert client.get_json("api/x")[1] == {"ok": 1}
    assert len(far.waits) == 2 and 0 < far.waits[0] < far.waits[1]


def test_get__trouble_that_stays(far: Far) -> None:
    """Should give up after the last attempt with an error that is retried later, and tells no secret."""
    far.answers = [(502, {}, b"")]
    with far.client(attempts=3) as client, pytest.raises(TransientError, match="HTTP 502, 3 times") as told:
        client.get("api/x", {"format": "json"})
    assert len(far.paths) == 3 and len(far.waits) == 2
    assert told.value.problems[0].where == f"{far.address}/api/x"
    assert SECRET.split()[1] not in str(told.value)


def test_get__nobody_there(far: Far) -> None:
    """Should count a server that is not there as trouble that may pass."""
    with Client("http://127.0.0.1:9", {}, attempts=2, sleep=far.waits.append) as client, pytest.raises(TransientError):
        client.get("x")


@pytest.mark.parametrize("as_date", [False, True])
def test_get__waits_as_told(far: Far, as_date: bool) -> None:
    """Should wait as long as the server asks for, in seconds or until a date."""
    after = format_datetime(datetime.now(UTC) + timedelta(seconds=40), usegmt=True) if as_date else "40"
    far.answers = [(429, {"Retry-After": after}, b""), (200, {}, b"{}")]
    with far.client() as client:
        client.get("x")
    assert 35 < far.waits[0] <= 40


def test_get__told_to_wait_for_hours(far: Far) -> None:
    """Should leave the server alone until the next run."""
    far.answers = [(429, {"Retry-After": "7200"}, b"")]
    with far.client() as client, pytest.raises(TransientError):
        client.get("x")
    assert len(far.paths) == 1 and not far.waits


@pytest.mark.parametrize(
    ("status", "seen"), [(401, "token refused"), (403, "token refused"), (404, "nothing there"), (400, "HTTP 400")]
)
def test_get__refused(far: Far, status: int, seen: str) -> None:
    """Should not ask twice for what is refused."""
    far.answers = [(status, {}, b"")]
    with far.client() as client, pytest.raises(TerminalError, match=seen):
        client.get("x")
    assert len(far.paths) == 1


def test_get__another_server_in_next(far: Far, other: Far) -> None:
    """Should not follow a list to another server."""
    with far.client() as client, pytest.raises(TerminalError, match="at the same server"):
        client.get(f"{other.address}/api/x?page=2")
    assert not other.paths


def test_get__redirected(far: Far, other: Far) -> None:
    """Should fetch what is stored elsewhere without showing the token there."""
    far.answers = [(302, {"Location": f"{other.address}/file"}, b"")]
    other.answers = [(200, {}, b"photo")]
    with far.client() as client:
        assert client.get("x").content == b"photo"
    assert far.tokens == [SECRET] and other.tokens == [None]


def test_get__redirected_in_a_circle(far: Far) -> None:
    """Should stop going round."""
    far.answers = [(302, {"Location": "/x"}, b"")]
    with far.client() as client, pytest.raises(TerminalError, match="redirection"):
        client.get("x")


def test_get__flood(far: Far, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should stop reading an answer that is larger than any real one."""
    monkeypatch.setattr(http, "LARGEST_ANSWER", 10)
    far.answers = [(200, {}, b"x" * 11)]
    with far.client() as client, pytest.raises(TerminalError, match="more than that"):
        client.get("x")


def test_get__next_on_the_same_server(far: Far) -> None:
    """Should follow whole addresses of the same server, query and all."""
    with far.client() as client:
        client.get(f"{far.address}/api/x?page=2&q=%7B%7D")
        client.get("api/x", {"q": '{"_id":1}'})
    assert far.paths == ["/api/x?page=2&q=%7B%7D", "/api/x?q=%7B%22_id%22%3A1%7D"]


def test_client__base_with_a_path(far: Far) -> None:
    """Should ask below the base, also when it is a folder."""
    with Client(f"{far.address}/kobo", {}) as client:
        client.get("api/x")
    assert far.paths == ["/kobo/api/x"]
