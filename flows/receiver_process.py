"""The receiver as a child process of ``melflow serve``: started with it, again when it dies, stopped with it."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from melflow.core.errors import TransientError
from melflow.core.workspace import Workspace
from melflow.flows.receiver import BODY_SECONDS, doors
from melflow.flows.server import go_with_parent

_START_SECONDS = 60


@contextmanager
def receiving(workspace: Workspace, host: str, port: int) -> Iterator[list[str]]:
    """Keep a receiver alive, if a source takes pushes or partners may answer.

    Yields:
        The addresses senders push to, as this machine sees them; none when no source takes pushes.

    Raises:
        TerminalError: The secret of a source is not set.
        TransientError: The receiver does not answer.
    """
    sources = sorted(doors(workspace))
    if not sources and not workspace.reply.days_before:
        yield []
        return
    keeper = _Keeper(workspace, host, port)
    keeper.start()
    try:
        keeper.wait()
        yield [f"http://{host}:{port}/push/{source}" for source in sources]
    finally:
        keeper.stop()


class _Keeper(threading.Thread):
    """Starts the receiver, and again a second after it died. It lives as long as the child: Linux ties the two."""

    def __init__(self, workspace: Workspace, host: str, port: int) -> None:
        super().__init__(name="receiver", daemon=True)
        where = ["--push-host", host, "--push-port", str(port)]
        self._command = [sys.executable, "-m", "melflow.flows.cli", "-C", str(workspace.root), "serve", *where]
        self._command.append("--pushes-only")
        self._address = f"http://{host}:{port}/health"
        self._log = workspace.var / "logs" / "receiver.log"
        self._log.parent.mkdir(parents=True, exist_ok=True)
        self._ended = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        """Keep the child alive until stopped."""
        while not self._ended.is_set():
            with self._log.open("ab") as sink:
                self._process = subprocess.Popen(  # noqa: S603 - our own interpreter
                    self._command, stdout=sink, stderr=sink, preexec_fn=go_with_parent
                )
                self._process.wait()
            self._ended.wait(1)

    def wait(self) -> None:
        """Wait until it answers.

        Raises:
            TransientError: It does not.
        """
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            try:
                if httpx.get(self._address, timeout=2).json() == {"melflow": "receiver"}:
                    return
            except (httpx.HTTPError, ValueError):
                time.sleep(0.1)
        rule, fix = f"it answers within {_START_SECONDS} seconds", f"Read {self._log}; --push-port takes another port."
        raise TransientError.of("the receiver of pushes", rule, "no answer", fix)

    def stop(self) -> None:
        """Let the child answer whom it is listening to, and end."""
        self._ended.set()
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(timeout=BODY_SECONDS + 5)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self.join(timeout=5)
