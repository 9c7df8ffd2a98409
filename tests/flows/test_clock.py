"""Who owes what by when; reminders once each, by mail over TLS where it is set up, at most once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from mail_server import Inbox, serve

from melflow.core.warehouse import append, connect
from melflow.core.workspace import Workspace, load_workspace
from melflow.flows.clock import refresh
from melflow.flows.reminders import remind
from melflow.flows.tables import prepare
from melflow.sources.canonical import TABLES
from tests.core.conftest import FILES

LOG = """\
connector: activity_log
title: Visits
path: inbox/visits/*.csv
columns: {occurred_on: Day, from_partner: From, to_partner: To, kind: Kind}
due_days_after_period: 30
owed_by: [lab, farm, city]
"""
DUE = date(2026, 1, 30)  # of 2025-H2


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = {name: text for name, text in FILES.items() if not name.startswith(("sources", "instruments"))}
    files["partners.csv"] = FILES["partners.csv"].replace("PE,2024-07-01,,,es", "PE,2024-07-01,,luz@city.example,es")
    for file, text in (files | {"sources/visits.yml": LOG}).items():
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(text, encoding="utf-8")
    return tmp_path


def came(workspace: Workspace, *rows: tuple[str, str, date]) -> None:
    """Put exchanges into the warehouse: giver, period, day they landed."""
    prepare(workspace.warehouse_path)
    told = [
        {"row_id": str(number), "source_system": "visits", "from_partner_id": partner, "period_id": period,
         "ingested_at": datetime(day.year, day.month, day.day, tzinfo=UTC), "is_current": True}
        for number, (partner, period, day) in enumerate(rows)
    ]  # fmt: skip
    with connect(workspace.warehouse_path) as con:
        con.execute("delete from raw.src_exchange")
        append(con, "raw.src_exchange", pl.DataFrame(told, schema=TABLES["src_exchange"]))


def ask(workspace: Workspace, query: str) -> list[tuple[Any, ...]]:
    with connect(workspace.warehouse_path) as con:
        return con.execute(query).fetchall()


def test_expected__on_time_late_missing(folder: Path) -> None:
    """Should judge each partner by the day its first rows came, also after a correction, while it is a member."""
    workspace = load_workspace(folder)
    came(workspace, ("lab", "2025-H2", DUE), ("city", "2025-H2", DUE + timedelta(days=3)))
    refresh(workspace, DUE + timedelta(days=10))
    query = (
        "select partner_id, first_received_on, days_late, n_rows, state from raw.expected_delivery "
        "where period_id = '2025-H2' order by all"
    )
    assert ask(workspace, query) == [
        ("city", DUE + timedelta(days=3), 3, 1, "late"),
        ("farm", None, 10, 0, "missing"),
        ("lab", DUE, 0, 1, "on_time"),
    ]
    # farm left before 2026-H1; the corrected file of lab comes later and makes nobody late
    told = "select partner_id, state from raw.expected_delivery where period_id = '2026-H1' order by all"
    assert ask(workspace, told) == [("city", "open"), ("lab", "open")]
    came(workspace, ("lab", "2025-H2", DUE + timedelta(days=20)))
    refresh(workspace, DUE + timedelta(days=20))
    assert ask(workspace, query)[2] == ("lab", DUE, 0, 1, "on_time")


def test_remind__once_a_stage(folder: Path) -> None:
    """Should make one reminder for each item and stage, skip the stages gone by, and forget what is long gone."""
    workspace = load_workspace(folder)
    came(workspace, ("lab", "2025-H2", DUE))
    made = []
    for day in (-8, -7, -1, 1, 2, 14, 15, 91):
        refresh(workspace, DUE + timedelta(days=day))
        made.append(sorted((one.partner_id, one.stage) for one in remind(workspace, DUE + timedelta(days=day))[0]))
        assert remind(workspace, DUE + timedelta(days=day)) == ([], ())
    both = [[("city", stage), ("farm", stage)] for stage in ("soon", "due", "overdue")]
    assert made == [[], both[0], [], both[1], [], both[2], [], []]
    assert ask(workspace, "select state, count(*) from raw.reminder group by all") == [("noted", 6)]


@pytest.fixture
def mail(folder: Path) -> Iterator[tuple[Inbox, Workspace]]:
    """Run a mail server on loopback that takes nothing without TLS; give a workspace that trusts it."""
    with serve(folder) as (inbox, settings):
        with (folder / "melflow.toml").open("a", encoding="utf-8") as file:
            file.write(settings)
        yield inbox, load_workspace(folder)


def test_remind__by_mail(mail: tuple[Inbox, Workspace]) -> None:
    """Should write to the partner in its language, over TLS, at most once, also from a warehouse made anew."""
    inbox, workspace = mail
    day = DUE + timedelta(days=1)
    for _ in range(2):
        came(workspace, ("lab", "2025-H2", DUE))
        refresh(workspace, day)
        assert remind(workspace, day)[1] == ()
        [(to, content)] = inbox.received
        workspace.warehouse_path.unlink()
    assert to == ["luz@city.example"]
    message = message_from_bytes(content)
    text = message.get_payload(decode=True).decode()  # type: ignore[union-attr]  # one part
    assert "Estimado equipo de Ciudad Ámbar" in text and "2026-01-30" in text


def test_remind__refused(mail: tuple[Inbox, Workspace]) -> None:
    """Should note a message the server refuses, tell why, and not try it again."""
    inbox, workspace = mail
    inbox.answer = "550 no"
    came(workspace, ("lab", "2025-H2", DUE))
    refresh(workspace, DUE + timedelta(days=1))
    [problem] = remind(workspace, DUE + timedelta(days=1))[1]
    assert "550" in problem.seen and "luz" not in str(problem)
    assert remind(workspace, DUE + timedelta(days=2)) == ([], ()) and len(inbox.received) == 1
    told = ask(workspace, "select partner_id, state from raw.reminder order by all")
    assert told == [("city", "failed"), ("farm", "noted")]
