"""Partners are invited to answer before others see figures about them: one message each, at most once a round.

It brings the return report, the reply workbook and the signed link. The return report counts as sent by it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from melflow.core.errors import MelflowError, TerminalError
from melflow.core.mail import written
from melflow.core.release_ids import age
from melflow.core.workspace.mail import ADDRESS
from melflow.core.workspace.report_delivery import EVERYBODY
from melflow.flows.delivery import groups_of, language_of
from melflow.flows.delivery_handing import NO_CONTACT, NO_MAIL, NOT_SENT, WOULD, Delivery, Entry, handed
from melflow.flows.delivery_ledger import DEFERRED, INVITATIONS, OPEN, UNKNOWN, Ledger, Message
from melflow.flows.delivery_message import attach, filename, is_large, link_to, message_id, title_in, words
from melflow.flows.delivery_replacing import not_told, periods_of, sent_and_withdrawn
from melflow.flows.reply_asking import open_rounds, release_of, workbook_of
from melflow.flows.reply_book import write
from melflow.flows.reply_opening import by_the_clock
from melflow.flows.reply_rounds import figures, partners, reply_link
from melflow.flows.withdrawn_editions import fit
from melflow.reports.edition_files import FILES

if TYPE_CHECKING:
    from email.message import EmailMessage

    from melflow.core.workspace import Workspace
    from melflow.flows.reply_ledger import Round
    from melflow.reports.edition_data import EditionData


def invite(
    workspace: Workspace,
    now: datetime,
    *,
    would_open: Iterable[Round] = (),
    dry_run: bool = False,
    has_pages: bool = True,
) -> list[Delivery]:
    """Write to the partners of all open rounds who were not written to; call it under the workspace's lock.

    Args:
        workspace: The workspace.
        now: The moment.
        would_open: Rounds that a run would open now, for a dry run.
        dry_run: Say who would be written to; write down and send nothing.
        has_pages: Links lead somewhere: the published folder is up to date.

    Returns:
        One entry per partner who is written to now, or of whom somebody has to look after it.
    """
    ledgers = Ledger(workspace.landing_dir, INVITATIONS), Ledger(workspace.landing_dir)
    known = ledgers[0].messages()
    done: list[Delivery] = []
    for one in [*open_rounds(workspace, (), now), *would_open]:
        try:
            data = _figures(workspace, one)
        except TerminalError as error:  # its release is gone: the others' partners are asked all the same
            key = f"{one.report}/{one.period_id}/{one.release_id}/partners"
            done.append(Delivery(key, (), NOT_SENT, problems=error.problems, is_invitation=True))
            continue
        for partner in partners(data, workspace.reports[one.report]):
            asked = _Asked(workspace, one, partner, data, now, has_pages, *ledgers)
            done += [replace(one, is_invitation=True) for one in asked.done(known.get(asked.key), dry_run=dry_run)]
    return done


def _figures(workspace: Workspace, one: Round) -> EditionData:
    return figures(workspace, workspace.reports[one.report], one.period_id, release_of(workspace, one))


def return_report(workspace: Workspace, one: Round, partner_id: str) -> Path | None:
    """Return the folder of a partner's return report of the round's period, that of the round's release first.

    One that shows what was taken back since is brought to nobody.
    """
    from melflow.reports.approval import may_go_out
    from melflow.reports.frozen import place_of

    found: list[Path] = []
    for config in workspace.reports.values():
        if config.audience != "partner" or (config.partners and partner_id not in config.partners):
            continue
        for group in groups_of(workspace, config, partner_id).values():
            place = place_of(config.name, partner_id, language_of(config, group))
            found += (workspace.editions_dir / place / one.period_id).glob("*/edition.json")
    ready = [path.parent for path in found if may_go_out(path.parent, _said(path.parent))]
    ready = fit(workspace, ready)
    return max(ready, key=lambda folder: (folder.name == one.release_id, age(folder.name)), default=None)


def brought(workspace: Workspace, now: datetime) -> set[Path]:
    """Return the return reports that invitations bring now, below ``var/editions``: links in them lead there."""
    there = (one for one in open_rounds(workspace, (), now) if (workspace.releases_dir / one.release_id).is_dir())
    return {
        folder.relative_to(workspace.editions_dir)
        for one in there
        for partner_id in partners(_figures(workspace, one), workspace.reports[one.report])
        if (folder := return_report(workspace, one, partner_id)) is not None
    }


def _said(folder: Path) -> dict[str, Any]:
    said: dict[str, Any] = json.loads((folder / "edition.json").read_text(encoding="utf-8"))
    return said


@dataclass(frozen=True)
class _Asked:
    """One partner asked in one round."""

    workspace: Workspace
    one: Round
    partner_id: str
    data: EditionData
    now: datetime
    has_pages: bool
    invitations: Ledger
    editions: Ledger

    @property
    def key(self) -> str:
        """The edition that waits, and the partner."""
        return f"{self.one.report}/{self.one.period_id}/{self.one.release_id}/{self.partner_id}"

    def done(self, message: Message | None, *, dry_run: bool) -> list[Delivery]:
        """Write to the partner, if nobody did; say what became of it."""
        partner, mail = self.workspace.partners.get(self.partner_id), self.workspace.mail
        contact = (partner and partner.contact) or ""
        if not re.fullmatch(ADDRESS, contact):
            return [] if message is not None else [Delivery(self.key, (), NO_CONTACT)]
        if message is not None and message.of(UNKNOWN):
            return [Delivery(self.key, tuple(message.of(UNKNOWN)), UNKNOWN)]
        if message is not None and message.recipients.get(contact) not in (None, *OPEN):
            return []
        if dry_run or mail is None:
            return [Delivery(self.key, (contact,), WOULD if dry_run else NO_MAIL)]
        try:
            content, brings = self._composed(contact)
        except MelflowError as error:
            return [Delivery(self.key, (contact,), NOT_SENT, problems=error.problems)]
        return handed(mail, content, [contact], self._entries(message, contact, brings))

    def _entries(self, message: Message | None, contact: str, brings: Path | None) -> list[Entry]:
        """Return where it is written down: of the invitation, and of the return report it brings."""
        entries = [Entry(self.invitations, self.key, message.attempts + 1 if message else 1)]
        if brings is not None:
            key, sent = self._sent(brings)
            attempt = sent.attempts + 1 if sent else 1
            entries.append(Entry(self.editions, key, attempt, planned=[contact], replaces=self._replaced(brings)))
        return entries

    def _sent(self, folder: Path) -> tuple[str, Message | None]:
        """Return the key of the message with a return report, and that message if it was begun."""
        key = f"{folder.relative_to(self.workspace.editions_dir).as_posix()}/{EVERYBODY}"
        return key, self.editions.messages().get(key)

    def _replaced(self, folder: Path) -> tuple[str, ...]:
        """Return the withdrawn return reports in whose place this one comes, and of which nothing was said yet."""
        known = self.editions.messages()
        return not_told(known, self._sent(folder)[0], sent_and_withdrawn(self.workspace, known, [folder])[folder])

    def _brought(self, contact: str) -> Path | None:
        """Return the return report to bring: none that the partner has, or may have, or that its address refused."""
        folder = return_report(self.workspace, self.one, self.partner_id)
        sent = self._sent(folder)[1] if folder is not None else None
        is_open = sent is None or (not sent.has_gone and sent.recipients.get(contact, DEFERRED) in OPEN)
        return folder if is_open else None

    def _composed(self, contact: str) -> tuple[EmailMessage, Path | None]:
        """Return the message, and the return report it brings."""
        workspace, one = self.workspace, self.one
        assert workspace.mail is not None  # asked by the caller
        config, partner = workspace.reports[one.report], workspace.partners[self.partner_id]
        spoken = partner.language or config.language or workspace.alliance.languages[0]
        text = words(spoken)
        book = workbook_of(workspace, one, self.partner_id)
        write(workspace, one, self.partner_id, book, self.data)
        files = [(book, f"{one.report}_{one.period_id}_reply.xlsx")]
        brings, linked = self._brought(contact), ""
        if brings is not None:
            own, links = self._return(brings)
            brings = brings if own or links else None
            files += own
            linked = "".join(f"\n{link}" for link in links)
        link = reply_link(workspace, one.report, one.period_id, one.release_id, self.partner_id, self.now)
        day, hour = by_the_clock(workspace, one.closes_at)
        facts = {
            "alliance": workspace.alliance.name,
            "title": title_in(config.title, spoken),
            "period": one.period_id,
            "day": f"{day}, {hour}",
            "files": ", ".join(name for _, name in files),
        }
        said = [text["invite"], text["attached"], text["invite_book"]]
        said += [text["invite_return"]] if brings is not None else []
        withdrawn = periods_of(self._replaced(brings)) if brings is not None else ""
        said += [text["replaces_withdrawn"].format(withdrawn=withdrawn)] if withdrawn else []
        said += [text["invite_linked"] + linked] if linked else []
        body = [line.format_map(facts) for line in said]
        body += [f"{text['invite_link']}\n{link}"] if link else []
        subject = text["invite_subject"].format_map(facts)
        message = written(workspace.mail, contact, subject, "\n\n".join([*body, facts["alliance"]]) + "\n")
        message["Message-ID"] = message_id(workspace, f"replies/{self.key}")
        for path, name in files:
            attach(message, path, name)
        return message, brings

    def _return(self, folder: Path) -> tuple[list[tuple[Path, str]], list[str]]:
        """Return the files of the return report, or links to them by size; neither where links would lead nowhere."""
        said = _said(folder)
        names = [FILES[kind] for kind in said["frozen"]["formats"] if FILES.get(kind) in said["files"]]
        if not is_large(self.workspace, folder, names):
            return [(folder / name, filename(said, name)) for name in names], []
        if self.workspace.delivery.address is None or not self.has_pages:
            return [], []
        return [], [link_to(self.workspace, folder, said, name) for name in names]
