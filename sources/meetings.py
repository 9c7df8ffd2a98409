"""The meetings of a calendar file: each event once, repeated ones one by one, moved and cancelled ones in place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from icalendar.error import BrokenCalendarProperty

from melflow.sources import sniff
from melflow.sources.recurrence import UnreadableTimeError, moment, starts, wall
from melflow.sources.tables import decode

if TYPE_CHECKING:
    from icalendar import Calendar, Event

    from melflow.sources.payload import Origin

_BEGIN = re.compile(r"^BEGIN:VEVENT[ \t]*$", re.IGNORECASE | re.MULTILINE)
_FIX = "Export the calendar again as iCalendar (.ics), whole, and put the new file in its place."


@dataclass(frozen=True)
class Meeting:
    """One meeting.

    Attributes:
        event: What the calendar says about it.
        row: Line of the file the event begins on.
        meeting_id: The event's UID; of a repeated one with its planned start.
        day: The day it began where it took place; None when that cannot be read.
        start: As it was written, for the checks.
        hours: How long it was; None for a whole day, or when it does not say.
        is_cancelled: It did not take place.
    """

    event: Event
    row: int
    meeting_id: str
    day: date | None
    start: str
    hours: float | None
    is_cancelled: bool


@dataclass(frozen=True)
class Entry:
    """One event of the file, and what its calendar says of all events."""

    event: Event
    row: int
    uid: str
    zone: ZoneInfo
    is_cancelled: bool


def meetings(entries: Iterable[Entry], last: date) -> Iterator[Meeting]:
    """Yield the meetings of a calendar's events, in the order of the file; series are followed until the last day."""
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.uid, []).append(entry)
    for entries in groups.values():
        yield from _of_one_event(entries, last)


def n_begun(content: bytes) -> int:
    """Return how many events a calendar has, by its lines alone."""
    return len(_BEGIN.findall(decode(content)[0].replace("\r", "\n")))


def events(origin: Origin, content: bytes, time_zone: str) -> Iterator[Entry]:
    """Yield the events of a calendar.

    Args:
        origin: The payload.
        content: Its bytes.
        time_zone: Of the days of events in UTC, when the calendar has none (X-WR-TIMEZONE).

    Raises:
        SourceError: It is no calendar, or one that was cut off.
    """
    text = _text(origin, content)
    rows = [number for number, line in enumerate(text.splitlines(), 1) if line.strip().upper() == "BEGIN:VEVENT"]
    events = [(event, calendar) for calendar in _calendars(origin, text) for event in calendar.events]
    if len(rows) != len(events):
        raise origin.error("each part of a calendar file has a beginning and an end", "a part without one", _FIX)
    for row, (event, calendar) in zip(rows, events, strict=True):
        zone = _zone(str(calendar.get("X-WR-TIMEZONE", ""))) or ZoneInfo(time_zone)
        is_cancelled = "CANCEL" in str(calendar.get("METHOD", "")).upper() or (
            str(event.get("STATUS", "")).upper() == "CANCELLED"
        )
        yield Entry(event, row, str(event.get("UID") or f"line {row}"), zone, is_cancelled)


def _text(origin: Origin, content: bytes) -> str:
    sniff.kind(origin, content, "text")
    text = decode(content)[0]
    if not text.lstrip()[:15].upper().startswith("BEGIN:VCALENDAR"):
        rule, seen = "a calendar file begins with BEGIN:VCALENDAR", "a file that begins otherwise"
        raise origin.error(rule, seen, f"{_FIX} Or correct 'format' in sources/{origin.source}.yml.")
    if not text.rstrip()[-13:].upper().endswith("END:VCALENDAR"):
        raise origin.error("a calendar file ends with END:VCALENDAR", "a file that is cut off", _FIX)
    return text


def _calendars(origin: Origin, text: str) -> list[Calendar]:
    import icalendar

    try:
        return list(icalendar.Calendar.from_ical(text, multiple=True))
    except (ValueError, IndexError, KeyError) as error:
        rule = "each line of a calendar file is a name, a colon and a value"
        raise origin.error(rule, "a line that is not, or a part without its end", _FIX) from error


def _of_one_event(entries: list[Entry], last: date) -> Iterator[Meeting]:
    """Yield the meetings of all events with one UID: a series with its moved meetings, or one meeting."""
    series: dict[str, Entry] = {}
    moved: dict[str, Entry] = {}
    for entry in sorted(entries, key=_version):  # of several versions of an event the newest counts
        try:
            planned = moment(entry.event, "RECURRENCE-ID")
        except UnreadableTimeError as error:
            yield _unreadable(entry, str(error))
            continue
        (series if planned is None else moved)["" if planned is None else _key(planned)] = entry
    for master in series.values():
        try:
            begins = starts(master.event, last)
        except UnreadableTimeError as error:
            yield _unreadable(master, str(error))
            continue
        is_series = "RRULE" in master.event or "RDATE" in master.event
        for begin in begins:
            # some programs name the moved meeting by its day alone
            own = moved.pop(_key(begin), None) or moved.pop(_key(wall(begin, begin).date()), None)
            yield _moved(own, _key(begin)) if own else _meeting(master, begin, _key(begin) if is_series else "")
    for key, own in moved.items():
        yield _moved(own, key)


def _version(entry: Entry) -> tuple[int, int]:
    number = str(entry.event.get("SEQUENCE", "0"))
    return int(number) if number.isdecimal() else 0, entry.row


def _key(when: date | datetime) -> str:
    if isinstance(when, datetime) and when.tzinfo is not None:
        return when.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    return when.strftime("%Y%m%dT%H%M%S" if isinstance(when, datetime) else "%Y%m%d")


def _moved(entry: Entry, key: str) -> Meeting:
    try:
        begin = moment(entry.event, "DTSTART")
    except UnreadableTimeError as error:
        return _unreadable(entry, str(error))
    return _meeting(entry, begin, key) if begin else _unreadable(entry, "no DTSTART")


def _meeting(entry: Entry, begin: date | datetime, key: str) -> Meeting:
    meeting_id = f"{entry.uid}/{key}" if key else entry.uid
    day, hours = _local_day(begin, entry.zone), _hours(entry.event)
    return Meeting(entry.event, entry.row, meeting_id, day, begin.isoformat(), hours, entry.is_cancelled)


def _unreadable(entry: Entry, raw: str) -> Meeting:
    return Meeting(entry.event, entry.row, entry.uid, None, raw, None, entry.is_cancelled)


def _hours(event: Event) -> float | None:
    """Return the hours of an event by its own start and end; real ones, also when the clocks change in between."""
    try:
        begin, end = moment(event, "DTSTART"), moment(event, "DTEND")
        length = event.get("DURATION")
        seconds = length.dt.total_seconds() if length is not None and end is None else _between(begin, end)
    except (UnreadableTimeError, BrokenCalendarProperty, AttributeError):
        return None
    return seconds / 3600 if seconds and seconds > 0 and isinstance(begin, datetime) else None


def _between(begin: date | datetime | None, end: date | datetime | None) -> float | None:
    if not isinstance(begin, datetime) or not isinstance(end, datetime):
        return None
    if begin.tzinfo is None or end.tzinfo is None:
        return (end.replace(tzinfo=None) - begin.replace(tzinfo=None)).total_seconds()
    return (end.astimezone(UTC) - begin.astimezone(UTC)).total_seconds()


def _local_day(begin: date | datetime, zone: ZoneInfo) -> date:
    """Return the day where the meeting took place; what is written in UTC is taken to the calendar's own zone."""
    if not isinstance(begin, datetime):
        return begin
    is_utc = begin.tzinfo is not None and begin.tzname() == "UTC"
    return (begin.astimezone(zone) if is_utc else begin).date()


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ValueError, OSError, KeyError):
        return None
