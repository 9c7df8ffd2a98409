"""One message handed over at most once: that it is about to be stands in the ledger before, what became of it after."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from melflow.core.errors import MelflowError, Problem
from melflow.core.mail import UncertainError, hand_over
from melflow.flows.delivery_ledger import ACCEPTED, DEFERRED, UNKNOWN, Ledger

if TYPE_CHECKING:
    from email.message import EmailMessage

    from melflow.core.workspace.mail import Mail

WAITS, WOULD, NOT_SENT = "waits", "would be sent", "not sent"
NO_MAIL = "waits for a mail server, [mail] in melflow.toml"
NO_CONTACT = "no e-mail contact in partners.csv; `melflow report replies ask` writes what to send"


@dataclass(frozen=True)
class Delivery:
    """What this run did about one message.

    Attributes:
        key: The edition's folder below ``var/editions``, and the group or, of an invitation, the partner.
        to: Addresses it is for, in this run.
        state: Of the ledger; or waits (for its moment, or a mail server), would be sent (dry run), not sent.
        n_reached: How many of them the server took it for.
        waits_for: The moment.
        problems: Why it was not sent.
        is_invitation: A partner is asked to reply before the edition goes out.
    """

    key: str
    to: tuple[str, ...]
    state: str
    n_reached: int = 0
    waits_for: datetime | None = None
    problems: tuple[Problem, ...] = ()
    is_invitation: bool = False


@dataclass(frozen=True)
class Entry:
    """Where it is written down what becomes of a message.

    Attributes:
        ledger: Of editions, or of invitations.
        key: Of the message there.
        attempt: Which it is, from 1; what another process begins meanwhile has the same number.
        added: Addresses the group did not have in the edition before.
        removed: Addresses it had then.
        planned: Everybody the edition is to go to, by whatever group.
        replaces: Editions the message says were withdrawn.
    """

    ledger: Ledger
    key: str
    attempt: int
    added: Sequence[str] = ()
    removed: Sequence[str] = ()
    planned: Iterable[str] = ()
    replaces: Iterable[str] = ()

    def begin(self, to: list[str], message_id: str) -> bool:
        """Write down that it is about to be handed over; False when another process was quicker."""
        changes = list(self.added), list(self.removed)
        return self.ledger.begin(self.key, self.attempt, to, *changes, self.planned, message_id, self.replaces)


def handed(mail: Mail, content: EmailMessage, to: list[str], entries: Sequence[Entry]) -> list[Delivery]:
    """Write down that a message is about to be sent, hand it over, and write down what the server said.

    Args:
        mail: The server.
        content: The message.
        to: Addresses.
        entries: Where it is written down; more than one when the message brings something that has its own.

    Returns:
        What became of it, by the first entry's key; nothing when another process was quicker.
    """
    if not all(one.begin(to, str(content["Message-ID"])) for one in entries):
        return []
    key = entries[0].key
    try:
        answers = hand_over(mail, content, to)
    except UncertainError as error:
        for one in entries:
            one.ledger.note(one.key, "unknown", why=error.problems[0].seen)
        return [Delivery(key, tuple(to), UNKNOWN, problems=error.problems)]
    except MelflowError as error:
        for one in entries:
            one.ledger.note(one.key, "not_sent", why=error.problems[0].seen)
        return [Delivery(key, tuple(to), DEFERRED, problems=error.problems)]
    for one in entries:
        one.ledger.note(one.key, "outcome", answers=answers)
    now = entries[0].ledger.messages()[key]
    return [Delivery(key, tuple(to), now.state, len(set(to) & set(now.of(ACCEPTED))))]
