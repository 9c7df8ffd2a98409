"""When the meetings of a repeated calendar event begin (RFC 5545: RRULE, RDATE, EXDATE), in wall-clock time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import MAXYEAR, date, datetime, time
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from icalendar.error import BrokenCalendarProperty

if TYPE_CHECKING:
    from icalendar import Event
    from icalendar.prop import vRecur

#: Meetings repeat by the day at most; a rule by the second is a mistake, or an attack.
_FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_MOST = 50_000  # meetings of one event: more than a century of days
_CYCLE_YEARS = 400


class UnreadableTimeError(ValueError):
    """A date or a rule of an event that cannot be read; its text is what was written."""


def moment(event: Event, name: str) -> date | datetime | None:
    """Return a date or time of an event, None when it has none.

    Raises:
        UnreadableTimeError: It is there and cannot be read.
    """
    found = event.get(name)
    if found is None:
        return None
    try:
        value = found[0].dt if isinstance(found, list) else found.dt
    except BrokenCalendarProperty as error:
        raise UnreadableTimeError(str(found)) from error
    if not isinstance(value, date):
        raise UnreadableTimeError(str(found))
    return value


def starts(event: Event, last: date) -> list[date | datetime]:
    """Return the beginnings of an event, in order; of a repeated one, those up to the last day.

    A repeated meeting keeps its wall-clock time when the clocks change.

    Args:
        event: With DTSTART.
        last: The last day wanted.

    Raises:
        UnreadableTimeError: A date or the rule cannot be read.
    """
    first = moment(event, "DTSTART")
    if first is None:
        raise UnreadableTimeError("no DTSTART")
    if "RRULE" not in event and "RDATE" not in event:
        return [first]
    limit = datetime.combine(last, time.max)
    walls = {wall(first, first)} if "RRULE" not in event else set[datetime]()
    for rule in _several(event.get("RRULE")):
        walls.update(_by_rule(rule, first, limit))
    walls.update(when for when in _listed(event, "RDATE", first) if when <= limit)
    left_out = set(_listed(event, "EXDATE", first))
    # a calendar program that writes a day alone means whatever happens on it
    days = {when.date() for when in left_out if when.time() == time.min}
    kept = sorted(when for when in walls if when not in left_out and when.date() not in days)
    return [_as(first, when) for when in kept]


def wall(when: date | datetime, like: date | datetime) -> datetime:
    """Return a moment as the clock on the wall shows it where another one is written; a day begins at midnight."""
    if not isinstance(when, datetime):
        return datetime.combine(when, time.min)
    zone = like.tzinfo if isinstance(like, datetime) else None
    if when.tzinfo is not None and zone is not None:
        when = when.astimezone(zone)
    return when.replace(tzinfo=None)


def _by_rule(rule: vRecur, first: date | datetime, limit: datetime) -> Iterator[datetime]:
    from dateutil.rrule import rrulestr

    text = "RRULE"
    try:
        parts = rule.copy()
        text = str(rule.to_ical().decode())  # type: ignore[no-untyped-call]  # ships half its types
        until = parts.pop("UNTIL", None)
        interval = min(parts.get("INTERVAL", [1]))
        if parts.get("FREQ", [""])[0].upper() not in _FREQUENCIES or interval < 1:
            raise UnreadableTimeError(text)
        begin = wall(first, first)
        if begin > limit:
            return
        years = _shift(limit)
        begin = begin.replace(year=begin.year + years)
        repeated = rrulestr(parts.to_ical().decode(), dtstart=begin)  # type: ignore[no-untyped-call]
    except (ValueError, TypeError, AttributeError, BrokenCalendarProperty) as error:
        raise UnreadableTimeError(text) from error
    if until:
        end = until[0]
        day_end = datetime.combine(end, time.max) if not isinstance(end, datetime) else wall(end, first)
        limit = min(limit, day_end)
    shown = (when.replace(year=when.year - years) for when in repeated)
    for number, when in enumerate(takewhile(lambda when: when <= limit, shown)):
        if number == _MOST:
            raise UnreadableTimeError(text)
        yield when


def _shift(limit: datetime) -> int:
    """Return how many years a rule is looked at later than it is meant.

    What never matches (30 February) is searched until the year 9999, seconds for each event; the calendar, weekdays
    included, is the same again every 400 years, and near its end the search is short.
    """
    return (MAXYEAR - limit.year) // _CYCLE_YEARS * _CYCLE_YEARS


def _listed(event: Event, name: str, first: date | datetime) -> Iterator[datetime]:
    for entry in _several(event.get(name)):
        try:
            values = [one.dt for one in entry.dts]
        except (AttributeError, BrokenCalendarProperty) as error:
            raise UnreadableTimeError(str(entry)) from error
        for value in values:
            yield wall(value[0] if isinstance(value, tuple) else value, first)  # a period begins with its start


def _several(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _as(first: date | datetime, when: datetime) -> date | datetime:
    if not isinstance(first, datetime):
        return when.date()
    return when.replace(tzinfo=first.tzinfo)
