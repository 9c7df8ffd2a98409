"""What became of every message with an edition, recipient by recipient; only ever added to.

That a message is about to be handed over stands here before it is. Whoever finds this without its end knows that
nobody can know, and does not send it again by himself.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from melflow.core.landing import LandingStore
from melflow.core.release_ids import age

#: Sources under which they land; no declared source can have the names.
STORE, TOLD, ASKED = "delivery:messages", "delivery:told", "delivery:asked"
#: Messages by which partners are invited to reply: key is the edition that waits, and the partner.
INVITATIONS = "delivery:invitations"

#: States of a recipient. Deferred and waiting ones are tried again by themselves, the others are not.
ACCEPTED, DEFERRED, REFUSED, UNKNOWN, BOUNCED, WAITING = (
    "accepted", "deferred", "refused", "unknown", "bounced", "waiting",
)  # fmt: skip
OPEN = (DEFERRED, WAITING)
_LATER, _NEVER = 400, 500  # RFC 5321, 4.2.1


@dataclass
class Message:
    """One message: an edition for one group.

    Attributes:
        key: Folder of the edition below ``var/editions``, and the group.
        attempts: How often it was begun to hand it over.
        recipients: Address -> state.
        first_at: When it was first begun.
        added: Addresses that the group did not have in the edition before.
        removed: Addresses that it had then.
        planned: Everybody the edition was to go to, by whatever group, when this was begun.
        addressed: Whom the newest attempt is for, and how the group changed.
        bounces: Reports of the mail system that were read, by their hashes, and whom each gave up.
        replaces: Folders of editions that were sent before and withdrawn since, as this message says.
        ids: Message-IDs it was handed over with, the newest last: an invitation that brings it has one of its own.
        why: The newest reason why it was not, or is not known to be, handed over.
        codes: Address -> the server's answer of the newest attempt for it.
    """

    key: str
    attempts: int = 0
    recipients: dict[str, str] = field(default_factory=dict)
    first_at: datetime | None = None
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    planned: tuple[str, ...] = ()
    addressed: dict[str, Any] = field(default_factory=dict)
    bounces: set[tuple[str, str]] = field(default_factory=set)
    replaces: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    why: str = ""
    codes: dict[str, int] = field(default_factory=dict)

    @property
    def edition(self) -> str:
        """The edition's folder below ``var/editions``."""
        return self.key.rpartition("/")[0]

    @property
    def group(self) -> str:
        """The group's name."""
        return self.key.rpartition("/")[2]

    def of(self, *states: str) -> list[str]:
        """Return the recipients in one of some states, sorted."""
        return sorted(address for address, state in self.recipients.items() if state in states)

    def why_not(self, who: Iterable[str]) -> str:
        """Return what the server answered for some recipients, else the newest reason."""
        return _answers(self.codes[one] for one in who if one in self.codes) or self.why

    @property
    def state(self) -> str:
        """The state that needs a hand most: unknown, refused, bounced, deferred, waiting, or accepted."""
        order = (UNKNOWN, REFUSED, BOUNCED, DEFERRED, WAITING)
        return next((state for state in order if self.of(state)), ACCEPTED)

    @property
    def has_gone(self) -> bool:
        """Whether somebody has it, or may have it."""
        return bool(self.of(ACCEPTED, UNKNOWN, BOUNCED))


class Ledger:
    """The messages of a workspace.

    Args:
        landing_dir: The workspace's landing store, which outlives the warehouse.
        source: Under which they land: editions, or ``INVITATIONS``.
    """

    def __init__(self, landing_dir: Path, source: str = STORE) -> None:
        self._store, self._source = LandingStore(landing_dir), source
        self._known: list[tuple[dict[str, Any], datetime]] = []

    def messages(self) -> dict[str, Message]:
        """Return every message by its key, in the order they were begun.

        One that was addressed and never begun was handed to nobody: it is none yet.
        """
        found: dict[str, Message] = {}
        for event, at in self._events():
            message = found.setdefault(event["key"], Message(event["key"]))
            _tell(message, event, at)
        return {key: message for key, message in found.items() if message.attempts}

    def begin(
        self, key: str, attempt: int, to: list[str], added: list[str], removed: list[str],
        planned: Iterable[str] = (), message_id: str = "", replaces: Iterable[str] = (),
    ) -> bool:  # fmt: skip
        """Write down that a message is about to be handed over; False when another process began this attempt."""
        whom = {"to": to, "added": added, "removed": removed, "planned": sorted(planned),
                "replaces": list(replaces)}  # fmt: skip
        self.note(key, "addressed", attempt=attempt, message_id=message_id, **whom)
        event = {"key": key, "kind": "intent", "attempt": attempt}  # nothing else: the same bytes land once
        return self._store.land(self._source, f"{key}#{attempt}/intent", _bytes(event))[1]

    def note(self, key: str, kind: str, **told: Any) -> None:
        """Write down what happened to a message."""
        n_before = sum(event["key"] == key for event, _ in self._events())
        self._store.land(
            self._source, f"{key}#{n_before}/{kind}", _bytes({"key": key, "n": n_before, "kind": kind} | told)
        )

    def told(self) -> set[str]:
        """Return what the data officer was told, by its names."""
        return {landing.origin for landing in self._store.of_source(TOLD)}

    def note_told(self, names: Iterable[str]) -> None:
        """Write down that the data officer was told."""
        for name in names:
            self._store.land(TOLD, name, _bytes({"told": name}))

    def asked(self) -> set[str]:
        """Return the editions somebody asked for by the name of their report: their folders below ``var/editions``."""
        return {landing.origin for landing in self._store.of_source(ASKED)}

    def note_asked(self, editions: Iterable[str]) -> None:
        """Write down that somebody asked for editions."""
        for edition in editions:
            self._store.land(ASKED, edition, _bytes({"asked": edition}))

    def _events(self) -> list[tuple[dict[str, Any], datetime]]:
        """Return what happened, in order; what was read before is not read again, since nothing is ever taken away."""
        for landing in self._store.of_source(self._source, skip=len(self._known)):
            self._known.append((json.loads(self._store.read(landing)), landing.landed_at))
        return self._known


def in_other_groups(known: dict[str, Message], key: str) -> dict[str, str]:
    """Return what became of an edition by its messages for other groups: a group was renamed, or an address moved.

    Args:
        known: Every message.
        key: Of the message for the group itself.

    Returns:
        Address in small letters -> state; one that is not tried again before one that is.
    """
    found: dict[str, str] = {}
    for one in known.values():
        if one.key != key and one.edition == key.rpartition("/")[0]:
            for address, state in one.recipients.items():
                if found.get(address.casefold(), DEFERRED) in OPEN:
                    found[address.casefold()] = state
    return found


def overtaken(known: dict[str, Message], edition: Path) -> bool:
    """Say whether a later edition of the same period went out: then nobody is sent this one any more."""
    return any(
        one.has_gone and Path(one.edition).parent == edition.parent and age(Path(one.edition).name) > age(edition.name)
        for one in known.values()
    )


def still_open(known: dict[str, Message], message: Message) -> list[str]:
    """Return who of a message is tried again: nobody once a later edition went out, or another group's message did."""
    if overtaken(known, Path(message.edition)):
        return []
    elsewhere = in_other_groups(known, message.key)
    return [address for address in message.of(*OPEN) if elsewhere.get(address.casefold(), DEFERRED) in OPEN]


def left_out(known: dict[str, Message], edition: str) -> set[str]:
    """Return who an edition was to go to and no message was begun for: a run was cut, or could not send it.

    Returns:
        Addresses in small letters; nobody once a later edition of the period went out.
    """
    mine = [one for one in known.values() if one.edition == edition]
    planned = {address.casefold() for one in mine for address in one.planned}
    begun = {address.casefold() for one in mine for address in one.recipients}
    return set() if overtaken(known, Path(edition)) else planned - begun


def _tell(message: Message, event: dict[str, Any], at: datetime) -> None:
    """Let a message be what an event made it."""
    mine = message.recipients
    match event["kind"]:
        case "addressed":
            message.addressed = event
        case "intent":
            _begin(message, at)
        case "outcome":
            mine |= {address: _state(code) for address, code in event["answers"].items()}
            message.codes |= event["answers"]
            message.why = _answers(event["answers"].values())
        case "not_sent":
            mine |= dict.fromkeys(message.of(UNKNOWN), DEFERRED)
            message.why = event["why"]
        case "unknown":
            message.why = event["why"]
        case "arrived":
            mine |= dict.fromkeys(message.of(UNKNOWN), ACCEPTED)
            message.why = ""
        case "again":
            mine |= dict.fromkeys(message.of(UNKNOWN, REFUSED, BOUNCED), WAITING)
        case "bounced":
            mine[event["address"]] = BOUNCED
            message.bounces.add((event["report"], event["address"]))
            message.why = f"came back with {event['status']}"


def _begin(message: Message, at: datetime) -> None:
    """Let a message be what it is when it is about to be handed over: to whom it was addressed."""
    message.attempts += 1
    message.first_at = message.first_at or at
    message.added, message.removed = (tuple(message.addressed[name]) for name in ("added", "removed"))
    message.planned = tuple(message.addressed.get("planned", ()))  # none in the ledgers of earlier versions
    message.replaces = tuple(message.addressed.get("replaces", ()))
    if handed := message.addressed.get("message_id"):
        message.ids = (*message.ids, handed)
    for corrected in set(message.of(WAITING)) - set(message.addressed["to"]):
        del message.recipients[corrected]  # another address stands in its place
    message.recipients |= dict.fromkeys(message.addressed["to"], UNKNOWN)
    message.why = "nobody wrote down what became of it"
    message.codes = {one: code for one, code in message.codes.items() if one not in message.addressed["to"]}


def _answers(codes: Iterable[int]) -> str:
    refused = sorted({str(code) for code in codes if code >= _LATER})
    return f"the server's answer {', '.join(refused)}" if refused else ""


def _state(code: int) -> str:
    return ACCEPTED if code < _LATER else DEFERRED if code < _NEVER else REFUSED


def _bytes(told: dict[str, Any]) -> bytes:
    return json.dumps(told, ensure_ascii=False, sort_keys=True).encode()
