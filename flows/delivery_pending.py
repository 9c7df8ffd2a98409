"""Editions of earlier releases that are still to go out: approved meanwhile, or not taken yet by somebody's server."""

from __future__ import annotations

from collections.abc import Container
from pathlib import Path
from typing import TYPE_CHECKING

from melflow.core.release_ids import age
from melflow.flows.delivery_ledger import Ledger, overtaken, still_open
from melflow.flows.editions import made_editions

if TYPE_CHECKING:
    from melflow.core.workspace import Workspace


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
        folder = workspace.editions_dir / place
        if said["report"] not in reports or period_id not in (None, said["period_id"]) or folder in besides:
            continue
        is_new = place.as_posix() not in begun and approval(folder) is not None and not overtaken(known, place)
        if is_new or place.as_posix() in unfinished:
            found.append(folder)
    return sorted(found, key=lambda folder: age(folder.name))
