"""A tiny workspace with an activity log, taken in without Prefect or dbt: for tests of held rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl

from melflow.core.warehouse import connect
from melflow.core.workspace import load_workspace
from melflow.expectations.workbook import COLUMNS, HEADER_LINE
from melflow.flows.intake import Intake, take_in
from melflow.flows.tables import prepare
from melflow.sources.xlsform import read_instruments
from tests.core.conftest import FILES

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
2,2025-01-11,lab,city,advise,30,hours
3,2099-01-12,city,lab,advice,4,hours
"""


def make(folder: Path) -> Path:
    """Write the workspace; its rows 2 and 3 are held."""
    for file, text in (FILES | {"sources/visits.yml": SOURCE, "inbox/visits/a.csv": LOG}).items():
        if file not in ("sources/survey.yml", "instruments/capability.xlsx"):
            text = text.replace('last = "2026-H1"', 'last = "2099-H2"')
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_text(text, encoding="utf-8")
    (folder / "var/secrets").mkdir(parents=True)
    (folder / "var/secrets/hash_key").write_text("a key that is long enough")
    return folder


def run(folder: Path, source: str = "visits", *, full: bool = False) -> Intake:
    workspace = load_workspace(folder)
    prepare(workspace.warehouse_path)
    instruments = read_instruments(folder / "instruments", workspace.framework)
    intake = take_in(workspace, source, instruments, full=full)
    assert intake.account is not None and intake.account.difference == 0
    return intake


def ask(folder: Path, query: str) -> list[tuple[Any, ...]]:
    with connect(load_workspace(folder).warehouse_path) as con:
        return con.execute(query).fetchall()


def history(folder: Path, partner: str) -> list[tuple[Any, ...]]:
    """Return what became of the problems of a partner, each from the beginning."""
    query = f"select state, who, value_before, value_after from raw.held_event where partner_id = '{partner}'"
    return ask(folder, f"{query} order by source, happened_at")


def fill_in(path: Path, to: Path, *lines: dict[str, object]) -> Path:
    """Fill in the lines of a workbook, from the first on, as a partner would."""
    book = openpyxl.load_workbook(path)
    for number, cells in enumerate(lines, HEADER_LINE + 1):
        for name, value in cells.items():
            book.worksheets[0].cell(number, COLUMNS.index(name) + 1, value)
    book.properties.lastModifiedBy = "Rosa"
    book.save(to)
    return to
