"""Prepare the process before Prefect is imported: telemetry off, a home in the workspace, a server to talk to."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from melflow.core.errors import TransientError

if TYPE_CHECKING:
    from melflow.core.workspace import Workspace

#: Seconds a run waits for another one in the same workspace.
LOCK_SECONDS = 1800
SERVER_FILE = "serve.json"
_DELIVERY_SECONDS = 10

#: Nothing reports home.
_ENVIRONMENT = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_LOGGING_LEVEL": "INFO",  # kept for the UI
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",  # the terminal gets our own words
    "PREFECT_SERVER_LOGGING_LEVEL": "ERROR",
    "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "GX_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
}


def prepare(workspace: Workspace) -> None:
    """Set the environment Prefect reads at import; what is set already stays."""
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    os.environ.setdefault("PREFECT_HOME", str(workspace.var / "prefect"))


@contextmanager
def prefect_api(workspace: Workspace) -> Iterator[None]:
    """Give the flows inside a Prefect server: one that is named or runs already, else one for this run only.

    Prefect is to be imported inside. The workspace is held meanwhile, so that two embedded servers never share a home.

    Raises:
        TransientError: Another run holds the workspace, or the server does not start.
    """
    prepare(workspace)
    address = os.environ.get("PREFECT_API_URL") or running_server(workspace.var)
    with ExitStack() as stack:
        if address is None:
            from melflow.flows.server import server

            stack.enter_context(exclusive(workspace))
            address = stack.enter_context(server(workspace.var))
            stack.callback(_deliver)
        os.environ["PREFECT_API_URL"] = address
        yield


def _deliver() -> None:
    """Hand over what Prefect sends in the background while its server still stands; at exit it would wait in vain."""
    from prefect.events.worker import EventsWorker
    from prefect.logging.handlers import APILogWorker

    for worker in (EventsWorker, APILogWorker):
        worker.drain_all(timeout=_DELIVERY_SECONDS, at_exit=False)


def running_server(var: Path) -> str | None:
    """Return the API address of this workspace's ``melflow serve``, when one answers."""
    import httpx

    try:
        address = str(json.loads((var / SERVER_FILE).read_text(encoding="utf-8"))["api_url"])
        return address if httpx.get(f"{address}/health", timeout=2).is_success else None
    except (OSError, ValueError, KeyError, httpx.HTTPError):
        return None


@contextmanager
def exclusive(workspace: Workspace, seconds: float = LOCK_SECONDS) -> Iterator[None]:
    """Let one run at a time write this workspace; a flow inside a flow passes.

    Raises:
        TransientError: Another run still holds the workspace after the wait.
    """
    from filelock import FileLock, Timeout

    workspace.var.mkdir(parents=True, exist_ok=True)
    lock = FileLock(workspace.var / "run.lock", timeout=seconds, is_singleton=True, thread_local=False)
    try:
        with lock:
            yield
    except Timeout as error:
        raise TransientError.of(
            "var/run.lock",
            "one run at a time writes a workspace",
            f"another run after {seconds:.0f} seconds of waiting",
            "Wait until it ends (`melflow status`), then run again.",
        ) from error


def run_name(what: str) -> Callable[[], str]:
    """Return a namer of flow runs: what is done, in which workspace."""

    def name() -> str:
        from prefect.runtime import flow_run

        return f"{what} · {Path(str(flow_run.parameters['folder'])).name}"

    return name
