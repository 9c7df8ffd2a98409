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
from melflow.flows.delivery import deliver
from melflow.flows.delivery_handing import Delivery
from melflow.flows.delivery_ledger import Ledger
from melflow.flows.delivery_notices import tell, telling
from melflow.flows.delivery_pending import pending
from melflow.flows.edition_job import Published
from melflow.flows.editions import publish_editions
from melflow.flows.failures import problems_of
from melflow.flows.pages import publish_pages
from melflow.flows.progress import step
from melflow.flows.release import Release, current, find
from melflow.flows.reply_inviting import brought, invite
from melflow.flows.reply_ledger import Round
from melflow.flows.runtime import exclusive, run_name
from melflow.flows.upload import upload_pages
from melflow.flows.withdrawn_editions import fit


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
def render_report(
    folder: str, release: Release, report: str, period_id: str | None, by_name: bool = False, is_trial: bool = False
) -> list[Published]:
    """Render the editions of one report, unless they are there already."""
    step(f"Rendering {report}")
    workspace = load_workspace(Path(folder))
    return publish_editions(workspace, release, report, period_id, by_name=by_name, is_trial=is_trial)


@task(task_run_name="send", cache_policy=NO_CACHE)
def send_editions(
    folder: str,
    editions: list[Path],
    asked: list[str],
    period_id: str | None = None,
    dry_run: bool = False,
    has_pages: bool = True,
    would_open: list[Round] | None = None,
) -> list[Delivery]:
    """Invite partners to reply; send the editions that are due and were not sent, those of earlier releases first."""
    workspace = load_workspace(Path(folder))
    step("Sending editions")
    if not dry_run:
        read_bounces(workspace)
    now = datetime.now(UTC)
    # what an invitation brings is not sent once more
    invited = invite(workspace, now, would_open=would_open or (), dry_run=dry_run, has_pages=has_pages)
    before = pending(workspace, asked or workspace.reports, period_id, editions)
    sent = deliver(
        workspace, fit(workspace, [*before, *editions]), now, asked=asked, dry_run=dry_run, has_pages=has_pages
    )
    return [*invited, *sent]


@task(task_run_name="pages", cache_policy=NO_CACHE)
def publish_folders(folder: str) -> tuple[list[Path], tuple[Problem, ...]]:
    """Bring the published folders up to date, and upload them where that is declared."""
    workspace = load_workspace(Path(folder))
    step("Publishing pages")
    now = datetime.now(UTC)
    pages, problems = publish_pages(workspace, now, brought(workspace, now))
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
        send: Ask partners, send what is due, publish the pages, and tell the data officer.
        dry_run: Say what would be sent, and whom partners' replies would be asked of; write nothing down.

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
        is_trial = dry_run or not send
        editions = [
            edition
            for name in sorted(names or workspace.reports)
            for edition in render_report(folder, release, name, period_id, bool(names), is_trial)
        ]
        if names and not is_trial:
            Ledger(workspace.landing_dir).note_asked(_asked_for(workspace, editions))
        if not is_trial:
            editions += _return_reports(workspace, editions)
        made = [item.folder for item in editions if (item.folder / "edition.json").is_file()]
        if not is_trial:
            try:  # before messages that lead there; those that do not go out all the same
                pages, problems = publish_folders(folder)
            except Exception as error:
                failures = problems_of(error, "var/published")
        if send or dry_run:
            deliveries = send_editions(
                folder, made, list(names or ()), period_id, dry_run, not failures, _would_open(editions)
            )
        if not is_trial:
            not_made = (problem for one in editions for problem in one.problems)
            problems = (*problems, *tell(workspace, deliveries, (*problems, *failures, *not_made), editions))
    return Reported(editions, deliveries, pages, problems, failures)


def _asked_for(workspace: Workspace, editions: list[Published]) -> list[str]:
    """Return the editions of reports somebody named; those that wait for replies are asked for, too."""
    from melflow.reports.frozen import place_of

    found = [one.folder for one in editions if (one.folder / "edition.json").is_file()]
    for one in editions:
        if one.waits_for == "answers":
            languages = (None, *workspace.reports[one.report].also_in)
            places = [workspace.editions_dir / place_of(one.report, None, language) for language in languages]
            found += [place / one.period_id / one.folder.name for place in places]
    return [folder.relative_to(workspace.editions_dir).as_posix() for folder in found]


def _would_open(editions: list[Published]) -> list[Round]:
    """Return the rounds of replies that a run would open, which is a trial only."""
    now = datetime.now(UTC)
    return [
        Round(one.report, one.period_id, one.folder.name, "", now, one.waits_until)
        for one in editions
        if one.waits_for == "asking" and one.waits_until
    ]


def _return_reports(workspace: Workspace, editions: list[Published]) -> list[Published]:
    """Make the return reports that invitations bring, from the release partners are asked about; return new ones."""
    known = {one.folder for one in editions}
    rounds = {(one.folder.name, one.period_id) for one in editions if one.waits_for == "answers"}
    names = [name for name, config in sorted(workspace.reports.items()) if config.audience == "partner"]
    return [
        made
        for release_id, period_id in sorted(rounds)
        for name in names
        for made in render_report(str(workspace.root), find(workspace, release_id), name, period_id)
        if made.folder not in known and (made.is_new or made.problems)
    ]
