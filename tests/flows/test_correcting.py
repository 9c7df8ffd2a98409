"""Corrections from the workspace to the warehouse: applied, kept, read again when changed, named when they are done."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from melflow.core.landing import LandingStore
from melflow.core.warehouse import connect
from melflow.core.workspace import load_workspace
from melflow.flows.intake import Intake, take_in
from melflow.flows.status import source_status, write_status
from melflow.flows.tables import prepare
from melflow.sources.xlsform import read_instruments
from tests.core.conftest import FILES

pytestmark = pytest.mark.slow
SOURCE = """\
connector: activity_log
title: Visits
path: inbox/visits/*.csv
columns:
  {exchange_id: Ref, occurred_on: Day, from_partner: From, to_partner: To, kind: Kind, quantity: Hours, unit: Unit}
"""
LOG = """\
Ref,Day,From,To,Kind,Hours,Unit
1,2025-01-10,lab,city,advice,2,hours
2,2025-01-11,lab,city,advice,30,hours
3,2025-01-12,city,lab,advice,4,hours
"""
ENTRY = "  - {{key: {{Ref: {ref}}}, column: Hours, action: {action}, reason: Typed twice, who: Ana, on: 2025-03-01}}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for file, text in (FILES | {"sources/visits.yml": SOURCE, "inbox/visits/a.csv": LOG}).items():
        if file not in ("sources/survey.yml", "instruments/capability.xlsx"):
            (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / file).write_text(text, encoding="utf-8")
    (tmp_path / "var/secrets").mkdir(parents=True)
    (tmp_path / "var/secrets/hash_key").write_text("a key that is long enough")
    return tmp_path


def declare(folder: Path, *entries: tuple[int, str]) -> None:
    text = "corrections:\n" + "".join(ENTRY.format(ref=ref, action=action) for ref, action in entries)
    file = folder / "sources" / "visits.corrections.yml"
    file.write_text(text, encoding="utf-8") if entries else file.unlink()


def run(folder: Path) -> tuple[Intake, list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """Take in; return the intake, the exchanges and what the corrections met."""
    workspace = load_workspace(folder)
    prepare(workspace.warehouse_path)
    intake = take_in(workspace, "visits", read_instruments(folder / "instruments", workspace.framework))
    with connect(workspace.warehouse_path) as con:
        rows = con.execute(
            "select exchange_id, quantity from raw.src_exchange where is_current order by all"
        ).fetchall()
        met = con.execute(
            "select number, state, row_id is not null, who, load_id = any (select load_id from raw.load) "
            "from raw.correction order by all"
        ).fetchall()
    assert intake.account is not None and intake.account.difference == 0
    return intake, rows, met


def test_corrections__whole_life(folder: Path) -> None:
    """Should correct without touching landing, follow the file, and say when a correction has done its time."""
    assert run(folder)[1] == [("visits:1", 2.0), ("visits:2", 30.0), ("visits:3", 4.0)]

    # a new entry re-reads what landed; twice changes nothing
    declare(folder, (2, "replace, expected: 30, value: 3"), (3, "drop"))
    for _ in range(2):
        intake, rows, met = run(folder)
        assert rows == [("visits:1", 2.0), ("visits:2", 3.0)] and not intake.failures
        assert met == [(1, "applied", True, "Ana", True), (2, "applied", False, "Ana", True)]
    workspace = load_workspace(folder)
    write_status(workspace)
    assert [one.rows_corrected for one in source_status(workspace, date(2025, 7, 1))] == [2]
    store = LandingStore(folder / "var" / "landing")
    assert [store.read(one).decode() for one in store.all()] == [LOG]

    # the source is put right: the row counts, the entry is to go
    (folder / "inbox/visits/a.csv").write_text(LOG.replace(",30,", ",3,"))
    intake, rows, _ = run(folder)
    [problem] = intake.failures
    assert problem.where == "sources/visits.corrections.yml" and "take the entry out" in problem.fix
    assert "(entry 1)" in problem.seen and rows == [("visits:1", 2.0), ("visits:2", 3.0)]
    assert run(folder)[0].failures == intake.failures  # named until somebody acts

    # the source says something nobody judged: that row is held, the others flow
    (folder / "inbox/visits/a.csv").write_text(LOG.replace(",30,", ",31,"))
    intake, rows, met = run(folder)
    assert rows == [("visits:1", 2.0)] and intake.counts.rows_held == 1
    assert "They are held" in intake.failures[0].fix and met[0][:3] == (1, "unsure", True)
    with connect(load_workspace(folder).warehouse_path) as con:
        held = con.execute("select rule_id, place, message, remedy from raw.held").fetchall()
    assert [one[:2] for one in held] == [("correction_unsure", "inbox/visits/a.csv row 3")]
    assert not any("31" in str(part) for part in (intake.failures, held[0][2:]))

    # a row that is not there; and without the file everything is as the source says
    declare(folder, (9, "drop"))
    assert [one.seen for one in run(folder)[0].failures] == ["no such row (entry 1)"]
    declare(folder)
    intake, rows, met = run(folder)
    assert rows == [("visits:1", 2.0), ("visits:2", 31.0), ("visits:3", 4.0)] and not met and not intake.failures
