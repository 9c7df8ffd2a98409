"""A Prefect server as a child process that goes when we go, even when we are killed."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from melflow.core.errors import TransientError

#: The first start on an empty home runs migrations: half a minute on a small machine.
START_SECONDS = 120
_PR_SET_PDEATHSIG = 1


@contextmanager
def server(var: Path, host: str = "127.0.0.1", port: int | None = None) -> Iterator[str]:
    """Start a server, wait until it answers, stop it at the end.

    Args:
        var: The workspace's ``var/``; the server's log goes to ``logs/`` in it.
        host: Address it listens on.
        port: Port it listens on; with none, a free one, and without pages: for one run only.

    Yields:
        The address of its API.

    Raises:
        TransientError: It does not answer within ``START_SECONDS``.
    """
    if port is None:
        chosen, command = _free_port(), ["uvicorn", "--factory", "prefect.server.api.server:create_app"]
        extra = ["--log-level", "error", "--lifespan", "on"]
        environment = os.environ | {"PREFECT__SERVER_EPHEMERAL": "1", "PREFECT_UI_ENABLED": "0"}
    else:
        chosen, command, extra, environment = port, ["prefect", "server", "start"], [], dict(os.environ)
    address = f"http://{host}:{chosen}/api"
    log = var / "logs" / "prefect-server.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as sink:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter
            [sys.executable, "-m", *command, "--host", host, "--port", str(chosen), *extra],
            stdout=sink,
            stderr=sink,
            env=environment,
            preexec_fn=go_with_parent,
        )
        try:
            _wait(process, address, log)
            yield address
        finally:
            process.terminate()
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()


def go_with_parent() -> None:
    """Ask Linux to end this child when its parent ends; elsewhere a killed run leaves its server behind."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    with httpx.Client(timeout=2) as client:  # one for all asking: each reads the certificates again
        while time.monotonic() < deadline and process.poll() is None:
            try:
                if client.get(f"{address}/health").is_success:
                    return
            except httpx.HTTPError:
                time.sleep(0.1)
    raise TransientError.of(
        "Prefect's server",
        f"it answers within {START_SECONDS} seconds",
        "no answer" if process.poll() is None else f"its end, exit code {process.returncode}",
        f"Read {log}; is the port taken? `melflow serve --port` takes another.",
    )
