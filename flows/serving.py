"""A Prefect server and the workspace's schedules, kept alive together."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from melflow.core.errors import TransientError
from melflow.core.workspace import Workspace
from melflow.flows.console import say
from melflow.flows.runtime import SERVER_FILE, prepare, running_server

_START_SECONDS = 120


def serve_workspace(workspace: Workspace, host: str, port: int) -> int:
    """Run the server and the schedules until stopped; returns the exit code.

    Raises:
        TransientError: The server did not come up in two minutes.
    """
    standing = running_server(workspace.var)
    if standing:
        say(f"A server of this workspace already answers at {standing}.", "yellow")
        return 0
    os.environ.pop("PREFECT_API_URL", None)
    prepare(workspace)
    with _server(workspace, host, port) as address:
        os.environ["PREFECT_API_URL"] = address
        from prefect import serve
        from prefect.settings import PREFECT_API_URL, temporary_settings

        with temporary_settings({PREFECT_API_URL: address}):
            planned = deployments(workspace)
            say(f"Prefect: {address.removesuffix('/api')}", "green")
            for deployment in planned:
                say(f"  {deployment.name}: {deployment.schedules[0].schedule.cron}")
            if planned:
                serve(*planned, pause_on_shutdown=False, print_starting_message=False)
            else:
                say("No source or report has a schedule; the server runs for `melflow run` only.")
                signal.pause()
    return 0


def deployments(workspace: Workspace) -> list[Any]:
    """Return one deployment per schedule: a pipeline per source, an edition per report, in the alliance's time zone."""
    from prefect.deployments.runner import EntrypointType
    from prefect.schedules import Cron

    from melflow.flows.pipeline import pipeline
    from melflow.flows.report import report

    folder, zone = str(workspace.root), workspace.alliance.time_zone
    wanted = [
        (pipeline, f"source {name}", {"folder": folder, "sources": [name]}, source.schedule)
        for name, source in workspace.sources.items()
    ] + [
        (report, f"report {name}", {"folder": folder, "names": [name]}, item.schedule)
        for name, item in workspace.reports.items()
    ]
    return [
        flow.to_deployment(
            name,
            parameters=parameters,
            schedule=Cron(cron, timezone=zone),
            entrypoint_type=EntrypointType.MODULE_PATH,
        )
        for flow, name, parameters, cron in wanted
        if cron
    ]


@contextmanager
def _server(workspace: Workspace, host: str, port: int) -> Iterator[str]:
    address = f"http://{host}:{port}/api"
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", host, "--port", str(port)]
    log = workspace.var / "logs" / "prefect-server.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    note = workspace.var / SERVER_FILE
    with log.open("ab") as sink:
        process = subprocess.Popen(command, stdout=sink, stderr=sink)  # noqa: S603 - our own interpreter
        try:
            _wait(process, address)
            note.write_text(json.dumps({"api_url": address, "pid": process.pid}), encoding="utf-8")
            yield address
        finally:
            note.unlink(missing_ok=True)
            process.terminate()
            process.wait(timeout=30)


def _wait(process: subprocess.Popen[bytes], address: str) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{address}/health", timeout=2).is_success:
                return
        except httpx.HTTPError:
            time.sleep(0.5)
    raise TransientError.of(
        "prefect server",
        f"the server answers within {_START_SECONDS} seconds",
        "no answer",
        "Read var/logs/prefect-server.log; is the port taken? Choose another with --port.",
    )
