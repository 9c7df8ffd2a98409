"""``melflow report approve``, ``send``, ``arrived``, ``deliveries``: what the data officer decides about editions."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from melflow.flows.commands.folder import Folder, opened

if TYPE_CHECKING:
    from melflow.core.workspace import Workspace


def approve(edition: Path, *, by: str, why: str, folder: Folder) -> int:
    """Let an edition out that the gate holds: somebody answers for it by name, and says why.

    Args:
        edition: Folder of the edition, such as funder/2026-H1/0003-1a2b3c4d.
        by: Name of the person who answers for it; stays in the house.
        why: Goes out with the edition, in the message and on the index page.
    """
    from melflow.flows.console import say
    from melflow.reports import approval
    from melflow.reports.late_edition import refuse_differences

    workspace = opened(folder)
    place = _place(workspace, edition)
    refuse_differences(place, workspace.editions_dir, workspace.releases_dir)
    approval.approve(place, by, why, datetime.now(UTC))
    say("Approved. The next `melflow run` sends it when it is due; `melflow report send` sends it now.", "green")
    return 0


def send(
    edition: Path,
    *,
    group: str | None = None,
    again: bool = False,
    by: str | None = None,
    why: str | None = None,
    dry_run: bool = False,
    folder: Folder,
) -> int:
    """Send one edition now, without waiting for its day; whoever has it does not get it again.

    Args:
        edition: Folder of the edition, such as funder/2026-H1/0003-1a2b3c4d.
        group: With --again: the group of recipients; may be left out when the edition has one.
        again: Also to those who refused it, sent it back, or of whom it is not known whether they have it.
        by: With --again: who decides it.
        why: With --again: why.
        dry_run: Say who would get it.
    """
    from melflow.flows import cli
    from melflow.flows.console import complain, say
    from melflow.flows.delivery_handing import WOULD
    from melflow.flows.delivery_ledger import ACCEPTED
    from melflow.flows.delivery_now import send_now
    from melflow.flows.delivery_summary import print_deliveries

    workspace = opened(folder)
    asked = (group, by, why) if again else None
    done, problems = send_now(workspace, _place(workspace, edition), asked, dry_run=dry_run)
    complain(problems)
    print_deliveries(done)
    if not done:
        say("Everybody has it, or nobody is to get it: nothing was sent.")
    return cli.DONE if all(one.state in (ACCEPTED, WOULD) for one in done) else cli.FAILED


def arrived(edition: Path, *, group: str | None = None, by: str, folder: Folder) -> int:
    """Note that a message arrived of which it was not known, as the mail server's log or the recipients say.

    Args:
        edition: Folder of the edition, such as funder/2026-H1/0003-1a2b3c4d.
        group: The group of recipients; may be left out when the edition has one.
        by: Who says so.
    """
    from melflow.core.errors import TerminalError
    from melflow.flows.console import say
    from melflow.flows.delivery import message_of
    from melflow.flows.delivery_ledger import UNKNOWN, Ledger

    workspace = opened(folder)
    message = message_of(workspace, _place(workspace, edition), group)
    if not message.of(UNKNOWN):
        fix = "Nothing is to be done; `melflow report deliveries` lists what became of it."
        raise TerminalError.of(message.key, "a message is noted of which it is not known", message.state, fix)
    Ledger(workspace.landing_dir).note(message.key, "arrived", by=by)
    say("Noted.", "green")
    return 0


def deliveries(*, addresses: bool = False, folder: Folder) -> int:
    """List the messages with editions: when, to how many, and what became of them.

    Args:
        addresses: Also each recipient's address and state, and who came to a group or left it.
    """
    from melflow.flows.delivery_summary import print_ledger

    print_ledger(opened(folder), addresses=addresses)
    return 0


def _place(workspace: Workspace, edition: Path) -> Path:
    """Return the folder of an edition, as it is named: from here, from the workspace, or below var/editions.

    Raises:
        TerminalError: There is none.
    """
    from melflow.core.errors import TerminalError

    for start in (Path(), workspace.root, workspace.editions_dir):
        place = (start / edition).resolve()
        if (place / "edition.json").is_file() and place.is_relative_to(workspace.editions_dir.resolve()):
            return workspace.editions_dir / place.relative_to(workspace.editions_dir.resolve())
    fix = "Name a folder under var/editions: <report>/<period>/<release>, of a return report with the partner between."
    raise TerminalError.of(str(edition), "the folder of an edition holds its edition.json", "none", fix)
