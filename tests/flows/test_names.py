"""Names nobody knows: counted, placed, with suggestions that nothing applies."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import polars as pl
import pytest

from melflow.core.warehouse import append, connect
from melflow.core.workspace import Alias, Partner, Workspace
from melflow.flows.names import unresolved_names
from melflow.flows.status import write_status
from melflow.flows.tables import OPERATIONS, prepare
from melflow.sources.canonical import TABLES
from melflow.sources.payload import UNPLACED


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace with two partners, and a warehouse with names it does not know in every place they can be."""
    partners = {
        name: Partner(partner_id=name, name=full, type="ngo", country="CO", joined_on=date(2024, 1, 1))
        for name, full in (("lab", "Water Lab"), ("valle", "Alcaldía de Valle Sereno"))
    }
    made = SimpleNamespace(
        warehouse_path=tmp_path / "warehouse.duckdb",
        status_path=tmp_path / "status.duckdb",
        partners=partners,
        sources={},
        periods=(),
        aliases=(Alias(raw_name="El Centro", partner_id="valle"),),
    )
    prepare(made.warehouse_path)
    held = [_held("log", n, {"from_partner_raw": "Watr Labb", "to_partner_raw": "valle", "to_partner_id": "valle"})
            for n in (4, 9)]  # fmt: skip
    exchange = {"row_id": "x1", "source_system": "log", "source_file": "inbox/a.csv", "source_row": 2,
                "from_partner_raw": "lab", "from_partner_id": "lab", "host_raw": 'The "Old", Centre'}  # fmt: skip
    loads = [{"load_id": "m", "source": "meetings", "origin": "inbox/a.ics", "state": "loaded",
              "notes": json.dumps({UNPLACED: {"@gmail.com": 3}, "rows_read": 1})}]  # fmt: skip
    with connect(made.warehouse_path) as con:
        for table, rows in (("held", held), ("src_exchange", [exchange]), ("load", loads)):
            schema = dict((OPERATIONS | TABLES)[table])
            append(con, f"raw.{table}", pl.DataFrame(rows, schema=schema))
    write_status(cast("Workspace", made))
    return cast("Workspace", made)


def _held(source: str, row: int, said: dict[str, Any]) -> dict[str, Any]:
    whole = said | {"source_file": "inbox/a.csv", "source_row": row}
    return {"held_id": f"h{row}", "row_id": f"r{row}", "source": source, "table_name": "src_exchange",
            "row_json": json.dumps(whole)}  # fmt: skip


def test_unresolved__counted_and_placed(workspace: Workspace) -> None:
    """Should list held names, names of roles in loaded rows and people left out, each with where it came."""
    found = {one.raw_name: one for one in unresolved_names(workspace)}
    assert {name: (one.source, one.n_rows, one.is_left_out) for name, one in found.items()} == {
        "@gmail.com": ("meetings", 3, True),
        "Watr Labb": ("log", 2, False),
        'The "Old", Centre': ("log", 1, False),
    }
    assert found["Watr Labb"].places == ("inbox/a.csv!row 4", "inbox/a.csv!row 9")
    assert [one.raw_name for one in unresolved_names(workspace, "meetings")] == ["@gmail.com"]


def test_unresolved__suggestions_for_a_person_to_decide(workspace: Workspace) -> None:
    """Should suggest partners with a score and the line to add, and never resolve a name by itself."""
    found = {one.raw_name: one for one in unresolved_names(workspace)}
    best = found["Watr Labb"].suggestions[0]
    assert best.partner_id == "lab" and 80 < best.score < 100
    assert found["Watr Labb"].alias_line == "Watr Labb,lab,,,YOUR_NAME"
    assert found['The "Old", Centre'].alias_line.startswith('"The ""Old"", Centre",')


def test_unresolved__old_warehouse(workspace: Workspace) -> None:
    """Should add the columns that a warehouse of an earlier version lacks, and keep its rows."""
    with connect(workspace.warehouse_path) as con:
        con.execute("alter table raw.src_exchange drop column host_raw")
    prepare(workspace.warehouse_path)
    with connect(workspace.warehouse_path) as con:
        assert con.execute("select count(*), count(host_raw) from raw.src_exchange").fetchone() == (1, 0)
