"""Exchanges out of calendars (iCalendar): the organiser's partner gives to each other partner that attends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import polars as pl

from melflow.core.names import domain_of, fold
from melflow.sources import canonical, facts
from melflow.sources.meetings import Meeting, events, meetings, n_begun
from melflow.sources.payload import UNPLACED, Context, Notes, Origin

if TYPE_CHECKING:
    from melflow.core.workspace import ActivityLogSource

_NOT_THERE = ("DECLINED", "DELEGATED")  # who sent somebody else is not there; the other is listed too
_THINGS = ("ROOM", "RESOURCE")
#: What is told about the meetings, or parts of them, that make no exchange.
COUNTS = (
    "meetings_cancelled",
    "meetings_not_yet",
    "meetings_outside_calendar",
    "meetings_without_host",
    "meetings_without_other_partner",
    "attendees_not_there",
    "exchanges_of_others",
)
_COLUMNS = (
    *("exchange_id", "occurred_on_raw", "from_partner_raw", "to_partner_raw", "from_person", "to_person"),
    *("kind", "channel", "unit", "topic_id", "cycle_id", "meeting_id", "host_raw", "agenda_setter_raw", "payer_raw"),
)
_SCHEMA: canonical.Schema = {
    **dict.fromkeys(_COLUMNS, pl.String),
    "occurred_on": pl.Date,
    "date_precision": pl.String,
    "quantity": pl.Float64,
    "source_row": pl.Int64,
}


@dataclass(frozen=True)
class _Person:
    """Somebody at a meeting, as the calendar names them; none of it leaves this room in clear."""

    address: str | None
    name: str | None

    @property
    def key(self) -> str | None:
        """What the pseudonym is made from."""
        return self.address or self.name

    @property
    def unplaced(self) -> str:
        """What may be told of somebody who belongs to no partner."""
        domain = domain_of(self.address or "")
        return f"@{domain}" if domain else "somebody without an address"


def read(origin: Origin, content: bytes, config: ActivityLogSource, context: Context) -> tuple[pl.DataFrame, Notes]:
    """Return the exchanges of a calendar, and what was left out of it.

    Raises:
        SourceError: It is no calendar, or one that was cut off.
    """
    landed = origin.landed_at.astimezone(ZoneInfo(context.time_zone)).date()
    last = min(landed, context.periods[-1].ends_on) if context.periods else landed
    reader = _Reader(config, context, landed)
    entries = list(events(origin, content, context.time_zone))
    rows = [row for one in meetings(entries, last) for row in reader.exchanges(one)]
    frame = pl.DataFrame(rows, schema=dict(_SCHEMA))
    counted: Notes = {name: reader.counts[name] for name in COUNTS}
    notes: Notes = {"reader": "icalendar", UNPLACED: dict(sorted(reader.unplaced.items()))}
    notes |= facts.made_of(len(entries), frame["source_row"].n_unique(), frame.height)
    return frame, notes | {"rows_at_source": n_begun(content)} | counted


class _Reader:
    """Makes exchanges of meetings, and counts what it leaves out."""

    def __init__(self, config: ActivityLogSource, context: Context, landed: date) -> None:
        self.counts: Counter[str] = Counter()
        self.unplaced: Counter[str] = Counter()
        self._config, self._context, self._landed = config, context, landed
        self._kinds = {fold(theirs): ours for theirs, ours in config.kinds.items()}
        said = {str(meaning): text for meaning, text in config.constants.items() if meaning != "kind"}
        self._said = {(f"{name}_raw" if f"{name}_raw" in _SCHEMA else name): text for name, text in said.items()}

    def exchanges(self, meeting: Meeting) -> Iterator[dict[str, Any]]:
        """Yield an exchange from the organiser's partner to each other partner that attends."""
        if (why := self._left_out(meeting)) is not None:
            self.counts[why] += 1
            return
        host, organiser = self._host(meeting)
        if host is None:
            self.counts["meetings_without_host"] += 1
            return
        guests = self._guests(meeting)
        guests.pop(host, None)
        if not guests:
            self.counts["meetings_without_other_partner"] += 1
        owner = self._config.partner
        for guest, people in guests.items():
            if owner is not None and owner not in (host, guest):
                self.counts["exchanges_of_others"] += 1
                continue
            yield self._row(meeting, host, guest) | {
                "from_person": organiser.key if organiser else None,
                "to_person": people[0].key if len(people) == 1 else None,
            }

    def _left_out(self, meeting: Meeting) -> str | None:
        if meeting.is_cancelled:
            return "meetings_cancelled"
        if meeting.day is None:
            return None  # the checks hold it: somebody must look
        if meeting.day > self._landed:
            return "meetings_not_yet"
        return None if self._context.covers(meeting.day) else "meetings_outside_calendar"

    def _host(self, meeting: Meeting) -> tuple[str | None, _Person | None]:
        """Return the organiser's partner; in a partner's own calendar a meeting without organiser is its own."""
        written = meeting.event.get("ORGANIZER")
        if written is None:
            return self._config.partner, None
        organiser = _person(written)
        return self._placed(organiser, meeting.day), organiser

    def _guests(self, meeting: Meeting) -> dict[str, list[_Person]]:
        written = meeting.event.get("ATTENDEE", [])
        guests: dict[str, list[_Person]] = {}
        for one in written if isinstance(written, list) else [written]:
            if _parameter(one, "CUTYPE").upper() in _THINGS:
                continue
            if _parameter(one, "PARTSTAT").upper() in _NOT_THERE:
                self.counts["attendees_not_there"] += 1
                continue
            person = _person(one)
            partner = self._placed(person, meeting.day)
            if partner is not None:
                guests.setdefault(partner, []).append(person)
        return guests

    def _placed(self, person: _Person, day: date | None) -> str | None:
        partner = self._context.names.find_person(person.address, person.name, day)
        if partner is None:
            self.unplaced[person.unplaced] += 1
        return partner

    def _row(self, meeting: Meeting, host: str, guest: str) -> dict[str, Any]:
        return {
            "exchange_id": f"{meeting.meeting_id}/{host}/{guest}",
            "occurred_on": meeting.day,
            "occurred_on_raw": meeting.start,
            "date_precision": "day" if meeting.day else None,
            "from_partner_raw": host,
            "to_partner_raw": guest,
            "kind": self._kind(meeting),
            "quantity": meeting.hours or 1.0,
            "unit": "hours" if meeting.hours else "events",  # a whole day says nothing about hours
            "meeting_id": meeting.meeting_id,
            "host_raw": host,
            "source_row": meeting.row,
        } | self._said

    def _kind(self, meeting: Meeting) -> str | None:
        """Return the kind of the first category that is mapped, else the source's own, else the category as it is."""
        categories = [str(category) for category in meeting.event.categories]
        mapped = (self._kinds.get(fold(category)) for category in categories)
        return next(filter(None, mapped), self._config.constants.get("kind") or next(iter(categories), None))


def _person(written: Any) -> _Person:
    """Return who an organiser or attendee is; some programs put the address into a parameter."""
    text = str(written).strip()
    address = text[7:] if text.lower().startswith("mailto:") else _parameter(written, "EMAIL")
    return _Person(address.strip().casefold() or None, _parameter(written, "CN").strip() or None)


def _parameter(written: Any, name: str) -> str:
    return str(getattr(written, "params", {}).get(name, ""))
