"""A Prefect server, the workspace's schedules and the receiver of pushes, kept alive together."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from melflow.core.workspace import Workspace
from melflow.flows.console import say
from melflow.flows.ingest_requests import deployment_name
from melflow.flows.receiver_process import receiving
from melflow.flows.runtime import SERVER_FILE, prepare, running_server
from melflow.flows.server import server

if TYPE_CHECKING:
    from melflow.core.workspace.report import ReportConfig

#: When what waits is looked at: every day, before people come to work.
WAITING = "15 6 * * *"


def serve_workspace(workspace: Workspace, host: str, port: int, push_host: str, push_port: int) -> int:
    """Run the server, the schedules and the receiver of pushes until stopped; returns the exit code.

    Raises:
        TerminalError: A source takes pushes, and its secret is not set.
        TransientError: The server did not come up in two minutes, or the receiver in one.
    """
    standing = running_server(workspace.var)
    if standing:
        say(f"A server of this workspace already answers at {standing}.", "yellow")
        return 0
    os.environ.pop("PREFECT_API_URL", None)
    prepare(workspace)
    with (
        server(workspace.var, host, port) as address,
        _announced(workspace, address),
        receiving(workspace, push_host, push_port) as doors,
    ):
        os.environ["PREFECT_API_URL"] = address
        from prefect import serve

        planned = deployments(workspace)
        say(f"Prefect: {address.removesuffix('/api')}", "green")
        for deployment in planned:
            when = deployment.schedules[0].schedule.cron if deployment.schedules else "on a push"
            say(f"  {deployment.name}: {when}")
        say(f"Times are those of {workspace.alliance.time_zone}.")
        for line in _received_at(workspace, doors, f"http://{push_host}:{push_port}"):
            say(line, "green")
        if planned:
            serve(*planned, pause_on_shutdown=False, print_starting_message=False)
        else:
            say("No source or report has a schedule; the server runs for `melflow run` only.")
            signal.pause()
    return 0


def _received_at(workspace: Workspace, doors: list[str], receiver: str) -> list[str]:
    """Return where pushes come in, and where the page is that partners answer on."""
    lines = [f"Pushes to {door}" for door in doors]
    if workspace.reply.days_before and workspace.reply.public_url:
        seen = workspace.reply.public_url.rstrip("/")
        lines.append(f"Partners answer at {receiver}/reply/, which your web server shows them as {seen}/reply/")
    return lines


@contextmanager
def _announced(workspace: Workspace, address: str) -> Iterator[None]:
    """Let other commands of this workspace find the server."""
    note = workspace.var / SERVER_FILE
    note.write_text(json.dumps({"api_url": address}), encoding="utf-8")
    try:
        yield
    finally:
        note.unlink(missing_ok=True)


def deployments(workspace: Workspace) -> list[Any]:
    """Return what the server starts by itself, in the alliance's time zone.

    One pipeline per source with a schedule, one edition per report with one, one ingest per source that takes pushes.
    A report that is due some days after a period's end is looked at every day: what was sent is not sent again. So is
    whatever waits: the end of a round of replies, a server that put a message off, messages that came back.
    """
    from prefect.schedules import Cron
    from prefect.types.entrypoint import EntrypointType

    from melflow.flows.ingest import ingest
    from melflow.flows.pipeline import pipeline
    from melflow.flows.report import report
    from melflow.flows.waiting import waiting

    folder, zone = str(workspace.root), workspace.alliance.time_zone
    wanted: list[tuple[Any, str, dict[str, Any], str | None]] = [
        (pipeline, f"source {name}", {"folder": folder, "sources": [name]}, source.schedule)
        for name, source in workspace.sources.items()
    ] + [
        (report, f"report {name}", {"folder": folder, "names": [name]}, item.schedule or _daily(item))
        for name, item in workspace.reports.items()
    ]
    wanted += [(waiting, "waiting", {"folder": folder}, WAITING)] if workspace.reports else []
    pushed = [
        (ingest, deployment_name(name), {"folder": folder, "sources": [name]}, None)
        for name, source in workspace.sources.items()
        if source.push
    ]
    return [
        flow.to_deployment(
            name,
            parameters=parameters,
            schedule=Cron(cron, timezone=zone) if cron else None,
            entrypoint_type=EntrypointType.MODULE_PATH,
        )
        for flow, name, parameters, cron in [*(one for one in wanted if one[3]), *pushed]
    ]


def _daily(report: ReportConfig) -> str | None:
    if report.due is None:
        return None
    hour, minute = report.due.at.split(":")
    return f"{int(minute)} {int(hour)} * * *"
