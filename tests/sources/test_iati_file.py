import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from melflow.core.errors import SourceError
from melflow.core.workspace.source_log import ActivityLogSource, IatiRules
from melflow.sources import activity_log, canonical
from melflow.sources.payload import UNPLACED, Context, Origin, Parsed
from melflow.sources.resolve import resolve

Read = Callable[..., Parsed]
FILE = (Path(__file__).parents[1] / "data" / "iati" / "activities.xml").read_bytes()
ORIGIN = Origin("aid", "inbox/north.xml", "aid-0123456789ab", datetime(2025, 6, 1, 12, tzinfo=UTC))


@pytest.fixture
def read(context: Context) -> Read:
    said = {"name": "aid", "title": "Aid", "path": "inbox/*.xml", "connector": "activity_log", "format": "iati"}
    source = ActivityLogSource.model_validate(said | {"kinds": {"D02": "mentoring", "A08": "document"}})

    def run(content: bytes = FILE, **changed: Any) -> Parsed:
        return activity_log.parse(ORIGIN, content, source.model_copy(update=changed), context)

    return run


def test_activity__extending_gives_to_implementing(read: Read) -> None:
    """Should make an event of an activity that began, between the roles that give and receive; funders are payers."""
    rows = read().frames["src_exchange"]
    columns = [
        "exchange_id",
        "occurred_on",
        "from_partner_raw",
        "to_partner_raw",
        "kind",
        "quantity",
        "unit",
        "payer_raw",
    ]
    assert rows.filter(unit="events").select(columns).rows() == [
        ("aid:XI-1-WATER-7/north/south", date(2024, 9, 16), "north", "south", "mentoring", 1.0, "events", "lab")
    ]
    assert rows.filter(unit="events")["source_row"].to_list() == [3]


def test_documents__from_the_reporter_to_the_others(read: Read) -> None:
    """Should count a dated document of a mapped category once for each other partner of the activity."""
    parsed = read()
    shared = parsed.frames["src_exchange"].filter(unit="documents")
    assert shared.select("from_partner_raw", "to_partner_raw", "occurred_on", "kind").rows() == [
        ("north", "lab", date(2025, 1, 20), "document"),
        ("north", "south", date(2025, 1, 20), "document"),
    ]
    assert (parsed.notes["documents_of_no_kind"], parsed.notes["documents_without_date"]) == (1, 1)


def test_activities__left_out_and_counted(read: Read) -> None:
    """Should leave out what has not begun and what nobody mapped, and say which organisations are outside."""
    parsed = read()
    assert (parsed.notes["activities"], parsed.notes["activities_not_begun"]) == (3, 1)
    assert parsed.notes[UNPLACED] == {"A ministry outside the alliance": 1}
    assert list(parsed.frames) == ["src_exchange"]  # no money unless the source asks for it
    everything = read(constants={"kind": "advice"}, kinds={}, iati=IatiRules(givers=("funding",)))
    assert everything.frames["src_exchange"]["exchange_id"].to_list() == [
        "aid:XI-1-WATER-7/lab/south",
        "aid:XI-1-GRANT-9/north/south",
    ]


def test_activities__every_one_is_an_exchange_or_counted(read: Read) -> None:
    """Should count activities and documents outside the calendar, of no kind, and without a second partner."""
    late = read(FILE.replace(b"2025-01-20", b"2031-01-20").replace(b"2024-09-16", b"1999-09-16"))
    assert late.frames["src_exchange"].is_empty()
    assert (late.notes["documents_outside_calendar"], late.notes["activities_outside_calendar"]) == (1, 1)
    assert (read().notes["documents_outside_calendar"], read().notes["activities_of_no_kind"]) == (0, 1)
    alone = read(re.sub(rb"<participating-org.*?(/>|</participating-org>)", b"", FILE, flags=re.DOTALL))
    assert alone.frames["src_exchange"].is_empty()
    assert (alone.notes["documents_without_partners"], alone.notes["activities_without_two_partners"]) == (1, 1)


def test_money__goes_to_the_budget_register(read: Read, context: Context, instruments: Any) -> None:
    """Should never make an exchange of money: it is a line of what a partner spent, in the period it was spent in."""
    parsed = resolve(read(iati=IatiRules(money="expenditure")), context.names, context.periods, b"k" * 32, instruments)
    lines = parsed.frames["src_budget"]
    assert dict(lines.schema) == canonical.TABLES["src_budget"]
    columns = ["budget_line_id", "partner_id", "period_id", "line", "kind", "amount", "currency"]
    assert lines.select(columns).rows() == [
        ("aid:XI-1-WATER-7/2", "north", "2025-H1", "XI-1-WATER-7 expenditure", "actual", 1250.5, "EUR")
    ]
    assert (parsed.notes["money_given_back"], parsed.notes["money_outside_calendar"]) == (1, 1)
    activities, nothing, split = (
        int(str(parsed.notes[name])) for name in ("rows_at_source", "rows_dropped_made_nothing", "rows_split")
    )
    assert activities == parsed.notes["rows_read"] and activities - nothing + split == 4
    handed = read(iati=IatiRules(money="disbursement")).frames["src_budget"]
    assert handed.select("partner_raw", "amount").rows() == [("south", 30000.0)]


def test_row_ids__unique_over_both_tables(read: Read) -> None:
    """Should give every row of both tables an id of its own."""
    frames = read(iati=IatiRules(money="expenditure")).frames.values()
    ids = pl.concat([frame["row_id"] for frame in frames])
    assert ids.is_unique().all()


HEAD = b'<?xml version="1.0"?>\n'
BOMB = (
    HEAD
    + b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;">]>'
    b'<iati-activities version="2.03"><iati-activity><iati-identifier>&c;</iati-identifier>'
    + b"</iati-activity></iati-activities>"
)
OUTSIDE = (
    HEAD + b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
    b'<iati-activities version="2.03"><iati-activity><iati-identifier>&a;</iati-identifier>'
    b"</iati-activity></iati-activities>"
)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (BOMB, "document type"),
        (OUTSIDE, "document type"),
        (FILE[: len(FILE) // 2], "not"),
        (HEAD + b'<iati-organisations version="2.03"/>', "iati-organisations"),
        (HEAD + b'<iati-activities version="1.05"/>', "version 1.05"),
        (HEAD + b"<iati-activities/>", "without a version"),
        (HEAD + b'<iati-activities version="2.03"><iati-activity/></iati-activities>', "iati-identifier"),
        (b"hello", "not"),
    ],
)
def test_read__what_is_no_activity_file(read: Read, content: bytes, words: str) -> None:
    """Should refuse what unfolds, reaches out, is cut off or is another file; by name, with a remedy."""
    with pytest.raises(SourceError, match=words) as caught:
        read(content)
    assert caught.value.problems[0].where.startswith("inbox/north.xml") and caught.value.problems[0].fix


def test_read__an_empty_file_of_the_standard(read: Read) -> None:
    """Should read a file without activities."""
    assert read(HEAD + b'<iati-activities version="2.03"/>').frames["src_exchange"].is_empty()
