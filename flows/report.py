"""Flow ``report``: editions from the current release, made, sent and put into the published folders."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from prefect import flow, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE

from melflow.core.errors import Problem, TerminalError
from melflow.core.workspace import Workspace, load_workspace
from melflow.flows.bounces import read_bounces
from melflow.flows.delivery import Delivery, deliver
from melflow.flows.delivery_ledger import Ledger
from melflow.flows.delivery_notices import tell, telling
from melflow.flows.delivery_pending import pending
from melflow.flows.edition_job import Published
from melflow.flows.editions import publish_editions
from melflow.flows.failures import problems_of
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
        failures: What broke on the way; the data officer was told.
    """

    editions: list[Published]
    deliveries: list[Delivery] = field(default_factory=list)
    pages: list[Path] = field(default_factory=list)
    problems: tuple[Problem, ...] = ()
    failures: tuple[Problem, ...] = ()


@task(task_run_name="report {report}", cache_policy=NO_CACHE)
def render_report(folder: str, release: Release, report: str, period_id: str | None) -> list[Published]:
    """Render the editions of one report, unless they are there already."""
    step(f"Rendering {report}")
    return publish_editions(load_workspace(Path(folder)), release, report, period_id)


@task(task_run_name="send", cache_policy=NO_CACHE)
def send_editions(
    folder: str,
    editions: list[Path],
    asked: list[str],
    period_id: str | None = None,
    dry_run: bool = False,
    has_pages: bool = True,
) -> list[Delivery]:
    """Send the editions that are due and were not sent, those of earlier releases first."""
    workspace = load_workspace(Path(folder))
    step("Sending editions")
    read_bounces(workspace)
    before = pending(workspace, asked or workspace.reports, period_id, editions)
    now = datetime.now(UTC)
    return deliver(workspace, [*before, *editions], now, asked=asked, dry_run=dry_run, has_pages=has_pages)


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
    by_hand = period_id is not None or not set(names or ()) <= set(workspace.reports)  # whoever typed it sees the error
    with telling(workspace, "melflow report", when=send and not dry_run and not by_hand):
        reported = _reported(workspace, names, period_id, send=send, dry_run=dry_run)
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
            for item in reported.editions
        ],
    )
    return reported


def _reported(
    workspace: Workspace, names: list[str] | None, period_id: str | None, *, send: bool, dry_run: bool
) -> Reported:
    folder = str(workspace.root)
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
    failures: tuple[Problem, ...] = ()
    with exclusive(workspace):
        editions = [
            edition
            for name in sorted(names or workspace.reports)
            for edition in render_report(folder, release, name, period_id)
        ]
        made = [item.folder for item in editions if (item.folder / "edition.json").is_file()]
        if send and not dry_run:
            if names:
                asked = [one.relative_to(workspace.editions_dir).as_posix() for one in made]
                Ledger(workspace.landing_dir).note_asked(asked)
            try:  # before messages that lead there; those that do not go out all the same
                pages, problems = publish_folders(folder)
            except Exception as error:
                failures = problems_of(error, "var/published")
        if send or dry_run:
            deliveries = send_editions(folder, made, list(names or ()), period_id, dry_run, not failures)
        if send and not dry_run:
            not_made = (problem for one in editions for problem in one.problems)
            problems = (*problems, *tell(workspace, deliveries, (*problems, *failures, *not_made), editions))
    return Reported(editions, deliveries, pages, problems, failures)
