"""Flow ``report``: editions from the current release, made, sent and put into the published folders."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from prefect import flow, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE

from melflow.core.errors import Problem, TerminalError
from melflow.core.workspace import load_workspace
from melflow.flows.bounces import read_bounces
from melflow.flows.delivery import Delivery, deliver
from melflow.flows.delivery_notices import tell
from melflow.flows.edition_job import Published
from melflow.flows.editions import publish_editions
from melflow.flows.progress import step
from melflow.flows.published import publish_pages
from melflow.flows.release import Release, current
from melflow.flows.runtime import exclusive, run_name
from melflow.flows.upload import upload_pages


@dataclass(frozen=True)
class Reported:
    """What a run made and sent.

    Attributes:
        editions: Made now or before.
        deliveries: Messages sent, waiting, or in need of a hand.
        pages: Published folders.
        problems: What kept the data officer from being told, or a folder from being made or uploaded.
    """

    editions: list[Published]
    deliveries: list[Delivery] = field(default_factory=list)
    pages: list[Path] = field(default_factory=list)
    problems: tuple[Problem, ...] = ()


@task(task_run_name="report {report}", cache_policy=NO_CACHE)
def render_report(folder: str, release: Release, report: str, period_id: str | None) -> list[Published]:
    """Render the editions of one report, unless they are there already."""
    step(f"Rendering {report}")
    return publish_editions(load_workspace(Path(folder)), release, report, period_id)


@task(task_run_name="send", cache_policy=NO_CACHE)
def send_editions(folder: str, editions: list[Path], asked: list[str], dry_run: bool) -> list[Delivery]:
    """Send the editions that are due and were not sent."""
    workspace = load_workspace(Path(folder))
    step("Sending editions")
    read_bounces(workspace)
    return deliver(workspace, editions, datetime.now(UTC), asked=asked, dry_run=dry_run)


@task(task_run_name="pages", cache_policy=NO_CACHE)
def publish_folders(folder: str) -> tuple[list[Path], tuple[Problem, ...]]:
    """Bring the published folders up to date, and upload them where that is declared."""
    workspace = load_workspace(Path(folder))
    step("Publishing pages")
    pages, problems = publish_pages(workspace, datetime.now(UTC))
    return pages, (*problems, *upload_pages(workspace))


@flow(name="report", flow_run_name=run_name("report"), validate_parameters=False)
def report(
    folder: str,
    names: list[str] | None = None,
    period_id: str | None = None,
    send: bool = True,
    dry_run: bool = False,
) -> Reported:
    """Render the named reports, or all of them, from the current release; send what is due.

    Args:
        folder: The workspace.
        names: Reports; one without a moment of its own is sent when it is named here.
        period_id: Period to report on; each report's own choice when absent.
        send: Send what is due, publish the pages, and tell the data officer.
        dry_run: Say what would be sent.

    Raises:
        TerminalError: There is no release yet, or no such report or period.
    """
    workspace = load_workspace(Path(folder))
    release = current(workspace)
    if release is None:
        raise TerminalError.of(
            "var/releases",
            "a report is made from a release",
            "no release",
            "Run `melflow run` or `melflow build` first.",
        )
    deliveries: list[Delivery] = []
    pages: list[Path] = []
    problems: tuple[Problem, ...] = ()
    with exclusive(workspace):
        editions = [
            edition
            for name in sorted(names or workspace.reports)
            for edition in render_report(folder, release, name, period_id)
        ]
        made = [item.folder for item in editions if (item.folder / "edition.json").is_file()]
        if send and not dry_run:  # before messages that lead there
            pages, problems = publish_folders(folder)
        if send or dry_run:
            deliveries = send_editions(folder, made, list(names or ()), dry_run)
        if send and not dry_run:
            problems = (*problems, *tell(workspace, deliveries))
    create_table_artifact(
        key="editions",
        description="Editions",
        table=[
            {
                "report": item.report,
                "partner": item.partner or "",
                "period": item.period_id,
                "new": item.is_new,
                "held because": "; ".join(item.held_because),
                "problems": "; ".join(map(str, item.problems)),
            }
            for item in editions
        ],
    )
    return Reported(editions, deliveries, pages, problems)
