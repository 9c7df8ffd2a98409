"""Return reports whose moment has come and whose partner has no address: they wait until there is one."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from melflow.core.release_ids import age
from melflow.flows.delivery import groups_of
from melflow.flows.delivery_due import has_come
from melflow.flows.delivery_ledger import Ledger
from melflow.flows.editions import made_editions

if TYPE_CHECKING:
    from melflow.core.workspace import Workspace


def unaddressed(workspace: Workspace, now: datetime) -> dict[tuple[str, str], list[str]]:
    """Return the partners whose newest return report cannot be mailed: their contact is no address, or is missing.

    Args:
        workspace: The workspace.
        now: The moment.

    Returns:
        Report and period -> partners, sorted; empty without a mail server, which says so itself.
    """
    from melflow.reports.approval import may_go_out

    if workspace.mail is None:
        return {}
    ledger = Ledger(workspace.landing_dir)
    asked, gone = ledger.asked(), {one.edition for one in ledger.messages().values() if one.has_gone}
    newest: dict[tuple[str, str], tuple[Path, str]] = {}
    for place, said in made_editions(workspace):
        report, partner = said["report"], said["frozen"]["partner"]
        if partner not in workspace.partners or report not in workspace.reports:
            continue
        if groups_of(workspace, workspace.reports[report], partner) or place.as_posix() in gone:
            continue
        is_ready = may_go_out(workspace.editions_dir / place, said)
        if is_ready and has_come(workspace, said, now, is_asked=place.as_posix() in asked):
            standing = newest.get((report, partner))
            if standing is None or age(standing[0].name) <= age(place.name):
                newest[report, partner] = (place, said["period_id"])
    found: dict[tuple[str, str], list[str]] = {}
    for (report, partner), (_, period_id) in sorted(newest.items()):
        found.setdefault((report, period_id), []).append(partner)
    return found
