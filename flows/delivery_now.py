"""One edition sent on request: without its moment, and again to those who may not have it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from melflow.core.errors import Problem, TerminalError
from melflow.flows.delivery import deliver, message_of
from melflow.flows.delivery_handing import Delivery
from melflow.flows.delivery_ledger import Ledger
from melflow.flows.pages import publish_pages
from melflow.flows.runtime import exclusive
from melflow.flows.upload import upload_pages
from melflow.flows.withdrawn_editions import fit

if TYPE_CHECKING:
    from melflow.core.workspace import Workspace


def send_now(
    workspace: Workspace, place: Path, again: tuple[str | None, str | None, str | None] | None, *, dry_run: bool
) -> tuple[list[Delivery], tuple[Problem, ...]]:
    """Publish and send an edition.

    Args:
        workspace: The workspace.
        place: Folder of the edition.
        again: Group, who decides it and why, when it goes also to those who refused it, sent it back, or may have it.
        dry_run: Say who would get it.

    Returns:
        The messages, and what kept a folder from being made or uploaded.

    Raises:
        TerminalError: It is held, or was withdrawn, or nobody answers for sending it again.
    """
    now = datetime.now(UTC)
    problems: tuple[Problem, ...] = ()
    with exclusive(workspace):  # a run that ends meanwhile may have taken it back
        _refuse(workspace, place)
        if not dry_run:
            if again is not None:
                _begin_again(workspace, place, *again)
            Ledger(workspace.landing_dir).note_asked([place.relative_to(workspace.editions_dir).as_posix()])
            _, problems = publish_pages(workspace, now, [place.relative_to(workspace.editions_dir)])
            problems = (*problems, *upload_pages(workspace))
        return deliver(workspace, [place], now, dry_run=dry_run, at_once=True), problems


def _refuse(workspace: Workspace, place: Path) -> None:
    from melflow.reports.approval import may_go_out

    where = place.relative_to(workspace.editions_dir).as_posix()
    if not may_go_out(place, json.loads((place / "edition.json").read_text(encoding="utf-8"))):
        rule, fix = "an edition goes out when the gate lets it", "Approve it first: `melflow report approve`."
        raise TerminalError.of(where, rule, "one that is held", fix)
    if not fit(workspace, [place]):
        rule, fix = "an edition that shows what was taken back since is sent to nobody", "Send the newest edition."
        raise TerminalError.of(where, rule, "one that was withdrawn", fix)


def _begin_again(workspace: Workspace, place: Path, group: str | None, by: str | None, why: str | None) -> None:
    if not (by and why):
        rule, fix = "who sends a message again says who decides it and why", "Add --by NAME and --why REASON."
        raise TerminalError.of("command line", rule, "one of the two or none", fix)
    Ledger(workspace.landing_dir).note(message_of(workspace, place, group).key, "again", by=by, why=why)
