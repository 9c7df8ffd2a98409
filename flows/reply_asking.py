"""Who is asked now, with which workbook and link; and what came back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from melflow.core.errors import Problem, TerminalError
from melflow.core.names import choose
from melflow.core.workspace import Workspace
from melflow.flows.release import Release, find
from melflow.flows.reply_book import write
from melflow.flows.reply_ledger import Ledger, Reply, Round
from melflow.flows.reply_opening import applies
from melflow.flows.reply_rounds import figures, partners, reply_link


@dataclass(frozen=True)
class Asked:
    """One partner asked about one edition's figures.

    Attributes:
        figures: How many there are about it.
        link: The address where it may answer, once; None without ``public_url``.
    """

    report: str
    period_id: str
    partner_id: str
    figures: int
    until: datetime
    workbook: Path
    link: str | None


def open_rounds(workspace: Workspace, names: Iterable[str], now: datetime) -> list[Round]:
    """Return the rounds partners may answer in now.

    Raises:
        TerminalError: There is no such report.
    """
    ledger, found = Ledger(workspace.landing_dir), []
    for name in _known(workspace, names):
        if applies(workspace, workspace.reports[name]):
            rounds = [one for period in workspace.periods for one in ledger.rounds(name, period.period_id)]
            found += [one for one in rounds if one.opened_at <= now < one.closes_at]
    return found


def waiting(workspace: Workspace, now: datetime) -> list[Round]:
    """Return the open rounds before whose end there is no edition."""
    return [
        one
        for one in open_rounds(workspace, (), now)
        if not (workspace.editions_dir / one.report / one.period_id / one.release_id / "edition.json").exists()
    ]


def release_of(workspace: Workspace, one: Round) -> Release:
    """Return the release partners are asked about in a round.

    Raises:
        TerminalError: It is gone.
    """
    if not (workspace.releases_dir / one.release_id).is_dir():
        where, rule = f"{one.report} {one.period_id}", "partners are asked about the release of their round"
        fix = "Put the release back under var/releases. Until the round is over nobody can answer in it."
        raise TerminalError.of(where, rule, f"'{one.release_id}', which is gone", fix)
    return find(workspace, one.release_id)


def ask_partners(workspace: Workspace, names: Iterable[str], now: datetime) -> tuple[list[Asked], tuple[Problem, ...]]:
    """Write the workbooks of all open rounds under ``var/replies/``, and make a new link for each.

    Returns:
        Who is asked, and in which rounds nobody can be: their release is gone. It keeps no other from it.

    Raises:
        TerminalError: There is no such report.
    """
    asked: list[Asked] = []
    problems: list[Problem] = []
    for one in open_rounds(workspace, names, now):
        config = workspace.reports[one.report]
        try:
            data = figures(workspace, config, one.period_id, release_of(workspace, one))
        except TerminalError as error:
            problems += error.problems
            continue
        for partner in partners(data, config):
            target = workbook_of(workspace, one, partner)
            count = write(workspace, one, partner, target, data)
            link = reply_link(workspace, one.report, one.period_id, one.release_id, partner, now)
            asked.append(Asked(one.report, one.period_id, partner, count, one.closes_at, target, link))
    return asked, tuple(problems)


def workbook_of(workspace: Workspace, one: Round, partner_id: str) -> Path:
    """Return where a partner's reply workbook lies."""
    return workspace.var / "replies" / one.report / one.period_id / one.release_id / f"{partner_id}.xlsx"


def received(workspace: Workspace, names: Iterable[str]) -> list[Reply]:
    """Return every reply that came, oldest first.

    Raises:
        TerminalError: There is no such report.
    """
    ledger = Ledger(workspace.landing_dir)
    found = [
        reply
        for name in _known(workspace, names)
        for period in workspace.periods
        for reply in ledger.replies(name, period.period_id)
    ]
    return sorted(found, key=lambda one: one.received_at)


def _known(workspace: Workspace, names: Iterable[str]) -> list[str]:
    asked = sorted(set(names))
    for name in asked:
        if name not in workspace.reports:
            fix = choose(name, workspace.reports)
            raise TerminalError.of("reports/*.yml", "the report exists in this workspace", f"'{name}'", fix)
    return asked or sorted(workspace.reports)
