"""Editions of earlier releases that are still to go out: approved meanwhile, put off by a server, or cut halfway."""

from __future__ import annotations

from collections.abc import Container
from pathlib import Path
from typing import TYPE_CHECKING, Any

from melflow.core.release_ids import age
from melflow.flows.delivery import theirs
from melflow.flows.delivery_ledger import Ledger, left_out, overtaken, still_open
from melflow.flows.editions import made_editions

if TYPE_CHECKING:
    from melflow.core.workspace import Workspace
    from melflow.flows.delivery_ledger import Message


def pending(
    workspace: Workspace, reports: Container[str], period_id: str | None = None, besides: Container[Path] = ()
) -> list[Path]:
    """Return the folders of editions that somebody waits for though a newer release is there, oldest first.

    A later edition of the same period that went out has taken the place of those before it.

    Args:
        workspace: The workspace.
        reports: Those that are looked at.
        period_id: The period that is looked at; all when absent.
        besides: Folders that are looked after already.
    """
    from melflow.reports.approval import approval

    known = Ledger(workspace.landing_dir).messages()
    begun = {one.edition for one in known.values()}
    unfinished = {one.edition for one in known.values() if still_open(known, one)}
    found = []
    for place, said in made_editions(workspace):
        folder, edition = workspace.editions_dir / place, place.as_posix()
        if said["report"] not in reports or period_id not in (None, said["period_id"]) or folder in besides:
            continue
        is_new = edition not in begun and approval(folder) is not None and not overtaken(known, place)
        is_cut = edition in begun and _lacks_somebody(workspace, known, edition, said)
        if is_new or is_cut or edition in unfinished:
            found.append(folder)
    return sorted(found, key=lambda folder: age(folder.name))


def _lacks_somebody(workspace: Workspace, known: dict[str, Message], edition: str, said: dict[str, Any]) -> bool:
    """Say whether a run was cut before it came to somebody, and that person is still to get the edition."""
    missing = left_out(known, edition)
    config = workspace.reports.get(said["report"])
    if not missing or config is None:
        return False
    groups = theirs(workspace, config, said).values()
    return any(address.casefold() in missing for group in groups for address in group.to)
