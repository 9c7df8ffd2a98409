"""What was sent, what waits and what needs a hand, in plain words; addresses only where they are asked for."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from melflow.flows import summary
from melflow.flows.console import complain, out, say, table
from melflow.flows.delivery_handing import NO_MAIL, WAITS, WOULD
from melflow.flows.delivery_ledger import ACCEPTED, DEFERRED, INVITATIONS, REFUSED, UNKNOWN, Ledger

if TYPE_CHECKING:
    from collections.abc import Sequence

    from melflow.core.workspace import Workspace
    from melflow.flows.delivery_handing import Delivery
    from melflow.flows.report import Reported


def print_reported(workspace: Workspace, reported: Reported) -> None:
    """Say what a run made, sent and published."""
    said = {workspace.editions_dir / Path(one.key).parent for one in reported.deliveries if not one.is_invitation}
    summary.print_editions(workspace, reported.editions, said)
    print_deliveries(reported.deliveries)
    for page in reported.pages:
        place = (page / "index.html").relative_to(workspace.root)
        out.print(f"Published: {workspace.root.name}/{place}", markup=False)
    complain((*reported.problems, *reported.failures))


def print_deliveries(deliveries: Sequence[Delivery]) -> None:
    """Say what became of each message, and who would get it in a dry run."""
    for one in deliveries:
        n = f"{len(one.to)} recipient{'s' if len(one.to) != 1 else ''}"
        partly = f", {one.n_reached} of them reached" if 0 < one.n_reached < len(one.to) else ""
        what = "Invitation" if one.is_invitation else "Message"
        when = f" until {one.waits_for:%Y-%m-%d %H:%M %Z}" if one.waits_for else ""
        say(
            f"{what} {one.key}, {n}: {_WORDS.get(one.state, one.state)}{partly}{when}.",
            "green" if one.state in _QUIET else "yellow",
        )
        if one.state == WOULD:
            for address in one.to:
                say(f"  {address}")
        complain(one.problems)


_WORDS = {
    DEFERRED: "not taken yet; the next run tries again",
    UNKNOWN: "not known whether it arrived; nothing is sent again by itself",
    REFUSED: "refused",
}
_QUIET = (ACCEPTED, WAITS, WOULD, NO_MAIL)


def print_standing(workspace: Workspace) -> None:
    """Say which editions wait for replies, or are held and why, and which messages need a hand.

    Of what is held or needs a hand it is the same the data officer is mailed.
    """
    from melflow.flows.delivery_notices import notices
    from melflow.flows.reply_asking import waiting

    zone = ZoneInfo(workspace.alliance.time_zone)
    for one in waiting(workspace, datetime.now(UTC)):
        summary.print_waits(f"{one.report} {one.period_id}", "answers", one.closes_at.astimezone(zone))
    for name, said in notices(workspace).items():
        first, *others = said.split("\n")
        if not name.startswith(("changed/", "withdrawn/")):
            say(first, "yellow")
            for line in others:
                say(f"  {line}")


def print_ledger(workspace: Workspace, *, addresses: bool) -> None:
    """List every message; with addresses also each recipient's state, and who came to the group or left it."""
    landing = workspace.landing_dir
    messages = [*Ledger(landing).messages().values(), *Ledger(landing, INVITATIONS).messages().values()]
    if not messages:
        say("No edition was sent yet.")
        return
    zone = ZoneInfo(workspace.alliance.time_zone)
    table(
        "Messages",
        ("edition", "group", "first sent", "attempts", "recipients", "accepted", "state", "added", "removed"),
        [
            (
                one.edition, one.group,
                f"{one.first_at.astimezone(zone):%Y-%m-%d %H:%M}" if one.first_at else "",
                one.attempts, len(one.recipients), len(one.of(ACCEPTED)), f"{one.state} {one.why}".strip(),
                len(one.added) or "", len(one.removed) or "",
            )
            for one in messages
        ],
    )  # fmt: skip
    if not addresses:
        return
    for one in messages:
        say(one.key)
        for address, state in sorted(one.recipients.items()):
            marks = " (new in the group)" if address in one.added else ""
            say(f"  {address}: {state}{marks}")
        for address in one.removed:
            say(f"  {address}: not in the group any more")
