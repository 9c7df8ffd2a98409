"""A server on loopback that fails as servers do: busy, broken, cut off, silent; at random, by a seed."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Answer:
    """What a server says."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


class Flaky:
    """Base of servers: ``answer`` says what a healthy one would; a share of requests fails before or after that.

    Attributes:
        failing: Share of requests that fail.
        requests: Method and address of every request, in order.
    """

    def __init__(self, seed: int = 0, failing: float = 0.0) -> None:
        self.random = random.Random(seed)
        self.failing = failing
        self.requests: list[str] = []
        self.url = ""

    def answer(self, method: str, target: str, headers: Any, body: bytes) -> Answer:
        """Return what a healthy server says."""
        raise NotImplementedError

    def fails(self) -> str | Answer:
        """Return how this request fails, or what is said in place of its answer; empty for not at all."""
        if self.random.random() >= self.failing:
            return ""
        return self.random.choice(["busy", "busy until", "broken", "cut off", "silent", "half JSON"])

    @contextmanager
    def serving(self) -> Iterator[str]:
        """Serve on loopback; gives the address."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"flaky": self}))
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        self.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield self.url
        finally:
            server.shutdown()
            server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each answer waits 40 ms for the client's acknowledgement
    flaky: Flaky

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.flaky.requests.append(f"{self.command} {self.path}")
        match self.flaky.fails():
            case "busy":
                self._send(Answer(b"{}", 429, {"Retry-After": "1"}))
            case "busy until":
                self._send(Answer(b"{}", 503, {"Retry-After": "Sun, 22 Nov 2020 10:00:00 GMT"}))
            case "broken":
                self._send(Answer(b"<html>bad gateway</html>", 502))
            case "silent":
                self.close_connection = True
            case Answer() as instead:
                self._send(instead)
            case failure:
                self._send(self.flaky.answer(self.command, self.path, self.headers, body), failure)

    def _send(self, answer: Answer, failure: str = "") -> None:
        body = answer.body[: len(answer.body) // 2] if failure else answer.body
        length = len(answer.body) if failure == "cut off" else len(body)
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status != 304:
            self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(body)
        if failure == "cut off":
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass
