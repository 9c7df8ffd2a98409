"""Send editions: one message for each edition and group, to each recipient at most once, whatever breaks in between."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from melflow.core.errors import MelflowError, TerminalError
from melflow.core.names import choose
from melflow.core.release_ids import age
from melflow.core.workspace.mail import ADDRESS
from melflow.core.workspace.report_delivery import EVERYBODY, Group
from melflow.flows.delivery_due import moment
from melflow.flows.delivery_handing import NO_MAIL, NOT_SENT, WAITS, WOULD, Delivery, Entry, handed
from melflow.flows.delivery_ledger import DEFERRED, OPEN, UNKNOWN, WAITING, Ledger, Message, in_other_groups
from melflow.flows.delivery_message import compose
from melflow.flows.delivery_replacing import not_told, periods_of, sent_and_withdrawn

if TYPE_CHECKING:
    from melflow.core.workspace import Workspace
    from melflow.core.workspace.report import ReportConfig


def groups_of(workspace: Workspace, config: ReportConfig, partner: str | None) -> dict[str, Group]:
    """Return who gets an edition: a return report's partner, else the report's recipients and groups."""
    if partner is not None:
        contact = workspace.partners[partner].contact if partner in workspace.partners else None
        if not (contact and re.fullmatch(ADDRESS, contact)):
            return {}
        return {EVERYBODY: Group(to=(contact,), language=workspace.partners[partner].language)}
    listed = {EVERYBODY: Group(to=tuple(dict.fromkeys(config.recipients)))} if config.recipients else {}
    return listed | config.groups


def deliver(
    workspace: Workspace,
    editions: Iterable[Path],
    now: datetime,
    *,
    asked: Iterable[str] = (),
    dry_run: bool = False,
    at_once: bool = False,
    has_pages: bool = True,
) -> list[Delivery]:
    """Send what may go out, is due and was not sent; call it under the workspace's lock.

    Args:
        workspace: The workspace.
        editions: Folders of editions.
        now: The moment.
        asked: Reports without a moment of their own that somebody asked for by name.
        dry_run: Say what would be sent; write down and send nothing.
        at_once: Do not wait for the moment.
        has_pages: Links lead somewhere: the published folder is up to date.

    Returns:
        One entry per message that is to be sent, now or later, or that somebody has to look after.
    """
    from melflow.reports.approval import approval, may_go_out

    ledger = Ledger(workspace.landing_dir)
    named = ledger.asked()
    done: list[Delivery] = []
    editions = list(editions)
    gone = sent_and_withdrawn(workspace, ledger.messages(), editions)
    for folder in editions:
        said = json.loads((folder / "edition.json").read_text(encoding="utf-8"))
        config = workspace.reports.get(said["report"])
        if config is None or not may_go_out(folder, said):
            continue
        known, place = ledger.messages(), folder.relative_to(workspace.editions_dir).as_posix()
        earlier = sent_before(known, folder, workspace)
        taken_back = gone[folder]
        is_replacing = any(Path(one).parent == Path(place).parent for one in taken_back)
        is_begun = any(one.edition == place for one in known.values())  # its moment has come already
        has_come = at_once or is_begun or is_replacing  # who has a withdrawn one is told now
        when = None if has_come else _moment(workspace, config, said, earlier)
        is_named = said["report"] in asked or place in named
        is_open = has_come or when is not None or is_named
        if not is_open or not (is_begun or is_replacing or _says_something_new(workspace, said, earlier)):
            continue
        is_late = earlier and config.late_data == "next" and approval(folder) is None
        if is_late and not has_come:
            continue
        groups = theirs(workspace, config, said)
        replaces = any(age(Path(one.edition).name) < age(folder.name) for one in earlier)
        planned = frozenset(address for group in groups.values() for address in group.to)
        for name, group in groups.items():
            key = f"{place}/{name}"
            one = _Job(workspace, ledger, folder, said, key, group, known, replaces, has_pages, planned, taken_back)
            done += one.done(when if when is not None and when > now else None, dry_run=dry_run)
    return done


def theirs(workspace: Workspace, config: ReportConfig, said: dict[str, Any]) -> dict[str, Group]:
    """Return the groups an edition is for."""
    groups = groups_of(workspace, config, said["frozen"]["partner"])
    return {name: group for name, group in groups.items() if _is_theirs(config, said, group)}


def _is_theirs(config: ReportConfig, said: dict[str, Any], group: Group) -> bool:
    """Say whether an edition is in the language a group gets: its own where the report is made in it."""
    is_further = bool(said["frozen"].get("is_translation"))
    return language_of(config, group) == (said["frozen"]["language"] if is_further else None)


def language_of(config: ReportConfig, group: Group) -> str | None:
    """Return the further language of the edition a group gets; None for the report's own."""
    return group.language if group.language in config.also_in else None


def sent_before(known: dict[str, Message], folder: Path, workspace: Workspace) -> list[Message]:
    """Return the messages with other editions of the same report, partner and period that went out, oldest first."""
    mine = folder.relative_to(workspace.editions_dir)
    return [
        one
        for one in known.values()
        if Path(one.edition).parent == mine.parent and Path(one.edition) != mine and one.has_gone
    ]


def _moment(
    workspace: Workspace, config: ReportConfig, said: dict[str, Any], earlier: list[Message]
) -> datetime | None:
    period = next((one for one in workspace.periods if one.period_id == said["period_id"]), None)
    last = max((one.first_at for one in earlier if one.first_at), default=None)
    return moment(config, period, ZoneInfo(workspace.alliance.time_zone), last) if period else None


def _says_something_new(workspace: Workspace, said: dict[str, Any], earlier: list[Message]) -> bool:
    """Say whether the edition sent last for the period had other numbers, or none was sent."""
    if not earlier:
        return True
    path = workspace.editions_dir / earlier[-1].edition / "edition.json"
    before = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return bool(before.get("figures") != said.get("figures"))


@dataclass(frozen=True)
class _Job:
    """One edition for one group."""

    workspace: Workspace
    ledger: Ledger
    folder: Path
    said: dict[str, Any]
    key: str
    group: Group
    known: dict[str, Message]
    is_again: bool
    has_pages: bool
    planned: frozenset[str]
    taken_back: tuple[str, ...]

    def done(self, waits_for: datetime | None, *, dry_run: bool) -> list[Delivery]:
        """Send it to whom it is open for; say what became of it."""
        message = self.known.get(self.key)
        if message is not None and message.of(UNKNOWN):
            return [Delivery(self.key, tuple(message.of(UNKNOWN)), UNKNOWN)]
        to = self._open(message)
        if not to:
            return []
        if waits_for is not None:
            return [Delivery(self.key, tuple(to), WAITS, waits_for=waits_for)]
        mail = self.workspace.mail
        if mail is None:
            return [Delivery(self.key, tuple(to), WOULD if dry_run else NO_MAIL)]
        gone = not_told(self.known, self.key, self.taken_back)
        try:
            content = compose(
                self.workspace, self.folder, self.said, self.key, self.group,
                is_again=self.is_again, withdrawn=periods_of(gone), has_pages=self.has_pages,
            )  # fmt: skip
        except MelflowError as error:
            return [Delivery(self.key, tuple(to), NOT_SENT, problems=error.problems)]
        if dry_run:
            return [Delivery(self.key, tuple(to), WOULD)]
        attempt = message.attempts + 1 if message else 1
        return handed(mail, content, to, [Entry(self.ledger, self.key, attempt, *self._changes(), self.planned, gone)])

    def _open(self, message: Message | None) -> list[str]:
        """Return who is to get it, or is to be tried again; where an address was corrected meanwhile, the new one."""
        elsewhere = in_other_groups(self.known, self.key)
        mine = message.recipients if message is not None else {}
        has_room = message is None or bool(message.of(WAITING))
        return sorted(
            address
            for address in self.group.to
            if elsewhere.get(address.casefold(), DEFERRED) in OPEN
            and (mine[address] in OPEN if address in mine else has_room or address.casefold() in elsewhere)
        )

    def _changes(self) -> tuple[list[str], list[str]]:
        """Return whom the group has and had not in the report's edition sent before, and the other way round."""
        report = Path(self.key).parents[2]
        before = [
            one
            for one in self.known.values()
            if one.key != self.key and one.group == Path(self.key).name and Path(one.key).parents[2] == report
        ]
        if not before:
            return [], []
        then, now = set(before[-1].recipients), set(self.group.to)
        return sorted(now - then), sorted(then - now)


def message_of(workspace: Workspace, folder: Path, group: str | None) -> Message:
    """Return the message with an edition for a group, which may be left out when there is one only.

    Raises:
        TerminalError: There is no such message.
    """
    known = Ledger(workspace.landing_dir).messages()
    edition = folder.relative_to(workspace.editions_dir).as_posix()
    mine = {one.group: one for one in known.values() if one.edition == edition}
    if group in mine:
        return mine[str(group)]
    if group is None and len(mine) == 1:
        return next(iter(mine.values()))
    rule = "a message is named by its edition and its group"
    seen = f"the group '{group}'" if group else f"{len(mine)} groups"
    fix = choose(group or "", mine) if mine else "`melflow report deliveries` lists what was sent."
    raise TerminalError.of(edition, rule, seen, fix)
