"""Calendars, chats and IATI files the whole way into the warehouse, through checks and ledger."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from melflow.core.statistics.matching import match_reports
from melflow.core.warehouse import connect
from melflow.core.workspace import Workspace, load_workspace
from melflow.flows.intake import take_in
from melflow.flows.names import unresolved_names
from melflow.flows.status import write_status
from melflow.flows.tables import prepare
from melflow.sources.xlsform import read_instruments

pytestmark = pytest.mark.slow
MEETING = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//test//EN
BEGIN:VEVENT
UID:{uid}
DTSTART;TZID=America/Bogota:{start}
DTEND;TZID=America/Bogota:{end}
RRULE:FREQ=MONTHLY;COUNT=2
ORGANIZER:mailto:ana@north.example
ATTENDEE:mailto:ana@north.example
ATTENDEE:mailto:luis@south.example
ATTENDEE:mailto:somebody@gmail.com
END:VEVENT
END:VCALENDAR
"""
FILES = {
    "melflow.toml": '[alliance]\nid = "rio"\nname = "Rio"\ntime_zone = "America/Bogota"\nlanguages = ["en"]\n\n'
    '[calendar]\nkind = "half-year"\nfirst = "2024-H2"\nlast = "2025-H2"\n',
    "partners.csv": "partner_id,name,type,country,joined_on,left_on,contact,language\n"
    "north,Town of the North,municipality,CO,2024-07-01,,ana@north.example,en\n"
    "south,South Town,municipality,CO,2024-07-01,,office@south.example,en\n"
    "lab,Water Lab,research,CO,2024-07-01,,,en\n",
    "partnerships.yml": "partnerships:\n  - id: water\n    name: Water\n    agenda: Leaks\n    set_up: emergent\n"
    "    started_on: 2024-07-01\n    publish_level: funder\n    members:\n      - {partner: north, role: peer}\n"
    "      - {partner: south, role: peer}\n",
    **{
        f"sources/calendar_{name}.yml": f"connector: activity_log\ntitle: Meetings\npath: inbox/{name}/*.ics\n"
        f"format: calendar\npartner: {name}\nconstants: {{kind: advice, channel: in_person}}\n"
        for name in ("north", "south")
    },
    "sources/aid.yml": "connector: activity_log\ntitle: Aid\npath: inbox/aid/*.xml\nformat: iati\n"
    "kinds: {D02: mentoring, A08: document}\niati: {money: expenditure}\n",
    "sources/forum.yml": "connector: activity_log\ntitle: Forum\npath: inbox/forum/*.csv\nformat: chat\n"
    "constants: {kind: advice}\n",
    # the south's calendar says that the same meetings were half an hour longer
    "inbox/north/a.ics": MEETING.format(uid="m1", start="20250305T090000", end="20250305T100000"),
    "inbox/south/a.ics": MEETING.format(uid="m1", start="20250305T090000", end="20250305T103000"),
    "inbox/forum/a.csv": "message_id,author,sent_at,reply_to\n1,ana@north.example,2025-03-05T10:00:00Z,\n"
    "2,luis@south.example,2025-03-05T11:00:00Z,1\n",
}


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("MELFLOW_HASH_KEY", "0123456789abcdef" * 2)
    for file, text in FILES.items():
        path = tmp_path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (tmp_path / "inbox" / "aid").mkdir()
    shutil.copy(Path(__file__).parents[1] / "data" / "iati" / "activities.xml", tmp_path / "inbox" / "aid")
    return load_workspace(tmp_path)


def test_logs__land_are_checked_and_loaded(workspace: Workspace) -> None:
    """Should load every exchange once however often it runs, money as budget lines, and match the two calendars."""
    prepare(workspace.warehouse_path)
    instruments = read_instruments(workspace.instruments_dir, workspace.framework)
    first = {name: take_in(workspace, name, instruments) for name in workspace.sources}
    again = {name: take_in(workspace, name, instruments, full=True) for name in workspace.sources}
    assert [str(problem) for one in (*first.values(), *again.values()) for problem in (*one.failures, *one.gate)] == []
    loaded = {"aid": 4, "calendar_north": 2, "calendar_south": 2, "forum": 1}
    for runs in (first, again):
        assert {name: one.counts.rows_loaded for name, one in runs.items()} == loaded
        assert {name: one.counts.rows_held for name, one in runs.items()} == dict.fromkeys(loaded, 0)
    with connect(workspace.warehouse_path) as con:
        assert con.execute("select partner_id, period_id, amount from raw.src_budget").fetchall() == [
            ("north", "2025-H1", 1250.5)
        ]
        everything = str(con.execute("from raw.src_exchange").fetchall()) + str(con.execute("from raw.load").fetchall())
        meetings = con.execute(
            "select *, reported_by = from_partner_id as is_givers from raw.src_exchange where source_system like 'cal%'"
        ).pl()
    assert [word for word in ("ana@", "luis@", "somebody@") if word in everything] == []
    assert match_reports(meetings, 0, 0.5).height == 2  # four reports, two exchanges
    write_status(workspace)
    assert {(one.source, one.raw_name, one.n_rows) for one in unresolved_names(workspace)} == {
        ("aid", "A ministry outside the alliance", 1),
        ("aid", "XI-1", 2),  # where a file gives the identifier only; an alias would place it
        ("calendar_north", "@gmail.com", 2),
        ("calendar_south", "@gmail.com", 2),
    }
