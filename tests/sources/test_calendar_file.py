from collections.abc import Callable
from datetime import MAXYEAR, UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from dateutil import rrule
from hypothesis import given, settings
from hypothesis import strategies as st

from melflow.core.errors import SourceError
from melflow.core.names import PartnerNames
from melflow.core.workspace.source_log import ActivityLogSource
from melflow.sources import activity_log
from melflow.sources.meetings import events, meetings
from melflow.sources.payload import UNPLACED, Context, Origin, Parsed
from melflow.sources.resolve import resolve

Read = Callable[..., Parsed]
ANA, OFFICE, LAB = "mailto:ana@north.example", "mailto:office@south.example", "MAILTO:Kim@lab.example"
ORIGIN = Origin("meetings", "inbox/north.ics", "meetings-0123456789ab", datetime(2025, 6, 1, 12, tzinfo=UTC))


def event(*lines: str, uid: str = "one", start: str = "DTSTART;TZID=America/Bogota:20250305T090000") -> str:
    return "\n".join(["BEGIN:VEVENT", f"UID:{uid}", start, *lines, "END:VEVENT"])


def calendar(*parts: str) -> bytes:
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//t//EN", *parts, "END:VCALENDAR", ""]).encode()


def people(*guests: str, host: str = ANA) -> list[str]:
    return [f"ORGANIZER;CN=Ana:{host}", *(f"ATTENDEE{guest if guest[0] == ';' else f':{guest}'}" for guest in guests)]


@pytest.fixture
def source() -> ActivityLogSource:
    said = {"name": "meetings", "title": "Meetings", "path": "inbox/*.ics", "connector": "activity_log"}
    return ActivityLogSource.model_validate(
        said | {"format": "calendar", "constants": {"kind": "advice"}, "kinds": {"Visita": "visit"}}
    )


@pytest.fixture
def read(source: ActivityLogSource, context: Context) -> Read:
    def run(*parts: str, **changed: Any) -> Parsed:
        return activity_log.parse(ORIGIN, calendar(*parts), source.model_copy(update=changed), context)

    return run


def rows(parsed: Parsed) -> pl.DataFrame:
    return parsed.frames["src_exchange"]


def days(parsed: Parsed) -> list[date]:
    return sorted(rows(parsed)["occurred_on"])


def test_meeting__host_gives_to_each_other_partner_once(read: Read) -> None:
    """Should make one exchange for each other partner, whoever and however many of its people came."""
    guests = people(ANA, OFFICE, ";CN=Bea:mailto:bea@freelance.example", LAB, "mailto:me@north.example")
    parsed = read(event(*guests, "DTEND;TZID=America/Bogota:20250305T103000", "CATEGORIES:Otra,visita"))
    found = rows(parsed).sort("to_partner_raw")
    wanted = ["from_partner_raw", "to_partner_raw", "kind", "quantity", "unit", "meeting_id", "host_raw", "occurred_on"]
    shared = ("visit", 1.5, "hours", "one", "north", date(2025, 3, 5))
    assert found.select(wanted).rows() == [("north", "lab", *shared), ("north", "south", *shared)]
    assert found["exchange_id"].to_list() == ["meetings:one/north/lab", "meetings:one/north/south"]
    assert found["to_person"].to_list() == ["kim@lab.example", None]  # of several people no one in particular
    assert [parsed.notes[name] for name in ("rows_at_source", "rows_read", "rows_split")] == [1, 1, 1]


def test_meeting__no_address_stays(read: Read, context: Context, instruments: Any) -> None:
    """Should leave no address in clear in what goes on, nor in the notes."""
    parsed = read(event(*people(OFFICE, LAB, "mailto:who@gmail.com", ";CN=Paula:invalid:x")))
    kept = resolve(parsed, context.names, context.periods, b"k" * 32, instruments)
    assert rows(kept).select("from_partner_id", "to_partner_id", "host_id").rows()[0] == ("north", "south", "north")
    text = rows(kept).write_json() + str(kept.notes)
    assert [word for word in ("ana@", "office@", "kim@", "who@", "paula") if word.lower() in text.lower()] == []
    assert kept.notes[UNPLACED] == {"@gmail.com": 1, "somebody without an address": 1}


@pytest.mark.parametrize(
    ("lines", "note"),
    [
        ([*people(OFFICE), "STATUS:CANCELLED"], "meetings_cancelled"),
        (people(";PARTSTAT=DECLINED:" + OFFICE), "attendees_not_there"),
        (people(";CUTYPE=ROOM;CN=South Town:invalid:room"), "meetings_without_other_partner"),
        (people("mailto:me@north.example"), "meetings_without_other_partner"),
        (people(OFFICE, host="mailto:x@y.example"), "meetings_without_host"),
    ],
)
def test_meeting__left_out_and_counted(read: Read, lines: list[str], note: str) -> None:
    """Should leave out what was cancelled, declined, internal or of nobody, and say how often."""
    parsed = read(event(*lines))
    assert (rows(parsed).height, parsed.notes[note]) == (0, 1)


def test_meeting__times(read: Read) -> None:
    """Should take a meeting's day where it was: UTC in the alliance's or the calendar's zone, a zone as written."""
    late = "20250306T030000Z"  # still the 5th in Bogotá, already the 6th in Nairobi
    assert days(read(event(*people(OFFICE), start=f"DTSTART:{late}"))) == [date(2025, 3, 5)]
    assert days(read("X-WR-TIMEZONE:Africa/Nairobi", event(*people(OFFICE), start=f"DTSTART:{late}"))) == [
        date(2025, 3, 6)
    ]
    zone = "DTSTART;TZID=W. Europe Standard Time:20250330T233000"  # as Outlook writes it
    parsed = read(event(*people(OFFICE), "DTEND;TZID=W. Europe Standard Time:20250331T003000", start=zone))
    assert (days(parsed), rows(parsed)["quantity"][0]) == ([date(2025, 3, 30)], 1.0)
    whole = rows(read(event(*people(OFFICE), start="DTSTART;VALUE=DATE:20250305")))
    assert whole.select("quantity", "unit", "occurred_on").row(0) == (1.0, "events", date(2025, 3, 5))


def test_meeting__hours_when_the_clocks_change(read: Read) -> None:
    """Should count the hours that passed, not those on the clock."""
    start, end = (f"{name};TZID=Europe/Berlin:20250330T0{hour}0000" for name, hour in (("DTSTART", 1), ("DTEND", 4)))
    assert rows(read(event(*people(OFFICE), end, start=start)))["quantity"].to_list() == [2.0]
    assert rows(read(event(*people(OFFICE), "DURATION:PT45M")))["quantity"].to_list() == [0.75]


def test_series__inside_the_calendar_until_the_file_came(read: Read) -> None:
    """Should expand a series without end, not before the alliance's calendar and not beyond the day the file came."""
    parsed = read(event(*people(OFFICE), "RRULE:FREQ=MONTHLY", start="DTSTART;TZID=America/Bogota:20240305T090000"))
    assert days(parsed) == [date(2024, month, 5) for month in range(7, 13)] + [date(2025, m, 5) for m in range(1, 6)]
    assert parsed.notes["meetings_outside_calendar"] == 4
    assert rows(parsed)["exchange_id"].is_unique().all()
    assert read(event(*people(OFFICE), start="DTSTART:20251101T090000Z")).notes["meetings_not_yet"] == 1


def test_series__moved_cancelled_and_left_out(read: Read) -> None:
    """Should take a moved meeting where it went, and leave out the cancelled and the excluded ones."""
    master = event(*people(OFFICE), "RRULE:FREQ=WEEKLY;COUNT=5", "EXDATE;TZID=America/Bogota:20250312T090000",
                   "RDATE;TZID=America/Bogota:20250501T100000")  # fmt: skip
    moved = event(*people(OFFICE, LAB), "RECURRENCE-ID;TZID=America/Bogota:20250319T090000",
                  start="DTSTART;TZID=America/Bogota:20250321T150000")  # fmt: skip
    gone = event(*people(OFFICE), "RECURRENCE-ID:20250326T140000Z", "STATUS:CANCELLED")
    parsed = read(master, moved, gone)
    # 5 and 2 April remain of the series, with the added day; the 12th is excluded, the 19th went to the 21st
    assert sorted(set(days(parsed))) == [date(2025, 3, 5), date(2025, 3, 21), date(2025, 4, 2), date(2025, 5, 1)]
    assert rows(parsed).filter(pl.col("occurred_on") == date(2025, 3, 21)).height == 2
    assert parsed.notes["meetings_cancelled"] == 1


def test_series__the_newest_version_counts(read: Read) -> None:
    """Should take the version with the highest sequence, wherever it stands in the file."""
    new = event(*people(LAB), "SEQUENCE:2", start="DTSTART:20250310T150000Z")
    old = event(*people(OFFICE), "SEQUENCE:1")
    for order in ([new, old], [old, new]):
        assert rows(read(*order))["to_partner_raw"].to_list() == ["lab"]


def test_own_calendar__only_its_own_exchanges(read: Read) -> None:
    """Should read from a partner's calendar what it took part in, as its report; its own meetings need no organiser."""
    parsed = read(event(*people(OFFICE, LAB)), partner="lab")
    assert rows(parsed).select("to_partner_raw", "reported_by").rows() == [("lab", "lab")]
    assert parsed.notes["exchanges_of_others"] == 1
    alone = read(event(f"ATTENDEE:{OFFICE}"), partner="lab")
    assert rows(alone).select("from_partner_raw", "to_partner_raw").rows() == [("lab", "south")]


@pytest.mark.parametrize(
    ("start", "lines"),
    [
        ("DTSTART:next week", []),
        ("DTSTART:20250305T090000Z", ["RRULE:FREQ=SECONDLY"]),
        ("DTSTART:20250305T090000Z", ["RRULE:FREQ=DAILY;INTERVAL=0"]),
        ("DTSTART:20250305T090000Z", ["RRULE:FREQ=DAILY;BYDAY=XX"]),
        ("DTSTART:18000305T090000Z", ["RRULE:FREQ=DAILY"]),
        (
            "DTSTART:20250305T090000Z",
            ["RRULE:FREQ=DAILY;BYHOUR=" + ",".join(map(str, range(24))) + ";BYMINUTE=" + ",".join(map(str, range(60)))],
        ),
        ("DTSTART:20250305T090000Z", ["EXDATE:never", "RRULE:FREQ=DAILY"]),
        ("DTSTART:20250305T090000Z", ["RECURRENCE-ID:then"]),
        ("SUMMARY:no start", []),
    ],
)
def test_meeting__unreadable_dates_go_to_the_checks(read: Read, start: str, lines: list[str]) -> None:
    """Should keep a meeting whose date or rule cannot be read, without a date, with the line it stands on."""
    row = rows(read(event(*people(OFFICE), *lines, start=start))).row(0, named=True)
    assert (row["occurred_on"], row["source_row"]) == (None, 4)
    assert row["occurred_on_raw"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"Date,From\n1,2\n", "BEGIN:VCALENDAR"),
        (calendar(event(*people(OFFICE)))[:-30], "cut off"),
        (b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nEND:VCALENDAR\r\n", "a beginning and an end"),
        (b"", "empty"),
    ],
)
def test_read__what_is_no_calendar(source: ActivityLogSource, context: Context, content: bytes, words: str) -> None:
    """Should name the file and the remedy."""
    with pytest.raises(SourceError, match=words) as caught:
        activity_log.parse(ORIGIN, content, source, context)
    assert caught.value.problems[0].where.startswith("inbox/north.ics")


@settings(max_examples=60, deadline=None)
@given(
    start=st.datetimes(datetime(2024, 1, 1), datetime(2025, 6, 1)),
    step=st.integers(1, 5),
    count=st.integers(1, 40),
    left_out=st.sets(st.integers(0, 39)),
    zone=st.sampled_from(["America/Bogota", "Europe/Berlin", "Africa/Nairobi"]),
)
def test_series__every_day_keeps_its_clock(
    start: datetime, step: int, count: int, left_out: set[int], zone: str
) -> None:
    """Should give exactly the days of the rule without those left out, whatever the zone and the change of clocks."""
    start = start.replace(microsecond=0, hour=9)
    wanted = [start + timedelta(days=step * n) for n in range(count)]
    gone = [wanted[n] for n in left_out if n < count]
    lines = [f"RRULE:FREQ=DAILY;INTERVAL={step};COUNT={count}"]
    lines += [f"EXDATE;TZID={zone}:{when:%Y%m%dT%H%M%S}" for when in gone]
    content = calendar(event(*lines, start=f"DTSTART;TZID={zone}:{start:%Y%m%dT%H%M%S}"))
    last = date(2025, 5, 1)
    found = list(meetings(events(ORIGIN, content, "UTC"), last))
    assert [one.day for one in found] == [when.date() for when in wanted if when not in gone and when.date() <= last]
    assert all(one.start[11:16] == "09:00" or start.minute or start.second for one in found)
    assert len({one.meeting_id for one in found}) == len(found)


def test_series__never_matching_rules_are_quick(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should look for days that fit near the end of all years only, and find leap days and last Fridays."""
    begun: list[datetime] = []
    ruled = rrule.rrulestr

    def watched(text: str, dtstart: datetime) -> object:
        begun.append(dtstart)
        return ruled(text, dtstart=dtstart)

    monkeypatch.setattr(rrule, "rrulestr", watched)
    parsed = read(event(*people(OFFICE), "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"))
    assert rows(parsed).is_empty()
    assert [MAXYEAR - when.year < 400 for when in begun] == [True]
    start = "DTSTART;TZID=America/Bogota:20000229T090000"
    assert days(read(event(*people(OFFICE), "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", start=start))) == []
    last = "RRULE:FREQ=MONTHLY;BYDAY=-1FR;UNTIL=20250401T000000Z"
    assert days(read(event(*people(OFFICE), last, start=start)))[-2:] == [date(2025, 2, 28), date(2025, 3, 28)]
    leap_days = calendar(event("RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", start=start))
    leap = list(meetings(events(ORIGIN, leap_days, "UTC"), date(2025, 1, 1)))
    assert [one.day for one in leap] == [date(year, 2, 29) for year in range(2000, 2025, 4)]


def test_read__without_registry_nobody_is_placed(source: ActivityLogSource) -> None:
    """Should count everybody as unplaced where no registry is known."""
    parsed = activity_log.parse(ORIGIN, calendar(event(*people(OFFICE))), source, Context(PartnerNames({}, [])))
    assert rows(parsed).is_empty() and parsed.notes["meetings_without_host"] == 1
