"""Messages that came back: reports of the mail system (RFC 3464), saved as files, hold who was not reached."""

from __future__ import annotations

import hashlib
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from typing import TYPE_CHECKING

from melflow.flows.delivery_ledger import ACCEPTED, INVITATIONS, UNKNOWN, Ledger
from melflow.flows.delivery_ledger import Message as Entry
from melflow.flows.delivery_message import message_id

if TYPE_CHECKING:
    from melflow.core.workspace import Workspace


def read_bounces(workspace: Workspace) -> int:
    """Note who was not reached, from the files of ``[mail] bounces``; return how many recipients that are.

    A file that is no such report, or of a message that is not ours, is passed over; each is read in every run and
    noted once.
    """
    if workspace.mail is None:
        return 0
    by_id = _by_id(workspace)
    n_noted = 0
    for path in sorted(workspace.root.glob(workspace.mail.bounces)):
        content = path.read_bytes()
        name = hashlib.sha256(content).hexdigest()[:16]
        report = message_from_bytes(content, policy=policy.default)
        entries = by_id.get(_original(report), [])
        for address, status in _failed(report):
            noted = [_note(ledger, one, name, address, status) for ledger, one in entries]
            n_noted += any(noted)
    return n_noted


def _by_id(workspace: Workspace) -> dict[str, list[tuple[Ledger, Entry]]]:
    """Return the messages by their ids; an invitation with a return report stands in both ledgers under one."""
    landing = workspace.landing_dir
    found: dict[str, list[tuple[Ledger, Entry]]] = {}
    for place, ledger in (("", Ledger(landing)), ("replies/", Ledger(landing, INVITATIONS))):
        for key, one in ledger.messages().items():
            for name in one.ids or (message_id(workspace, f"{place}{key}"),):  # none in ledgers of earlier versions
                found.setdefault(name, []).append((ledger, one))
    return found


def _note(ledger: Ledger, message: Entry, report: str, address: str, status: str) -> bool:
    """Note that a recipient was not reached; False when that is no recipient, or the report was read."""
    mine = next((one for one in message.of(ACCEPTED, UNKNOWN) if one.casefold() == address.casefold()), None)
    if mine is None or (report, mine) in message.bounces:
        return False
    ledger.note(message.key, "bounced", address=mine, status=status, report=report)
    return True


def _original(report: EmailMessage) -> str:
    """Return the id of the message that came back: of the copy inside, else of what the report answers to."""
    for part in report.walk():
        if part.get_content_type() == "message/rfc822":
            inside = part.get_payload()
            if isinstance(inside, list) and inside and isinstance(inside[0], Message):
                return str(inside[0].get("Message-ID", "")).strip()
        if part.get_content_type() == "text/rfc822-headers":
            headers = message_from_bytes(part.get_payload(decode=True) or b"", policy=policy.default)  # type: ignore[arg-type]  # bytes when decoded
            return str(headers.get("Message-ID", "")).strip()
    return str(report.get("In-Reply-To", "")).strip()


def _failed(report: EmailMessage) -> list[tuple[str, str]]:
    """Return address and status of each recipient that was given up; a delay is no failure."""
    found = []
    for part in report.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        for block in part.get_payload():
            if isinstance(block, Message) and str(block.get("Action", "")).strip().casefold() == "failed":
                address = str(block.get("Original-Recipient") or block.get("Final-Recipient") or "")
                found.append((address.rpartition(";")[2].strip(), str(block.get("Status", "5.0.0")).strip()))
    return found
