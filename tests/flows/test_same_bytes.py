"""Two files with the same bytes: each stands for its rows, whatever becomes of the other."""

from __future__ import annotations

from pathlib import Path

import pytest

from melflow.core.warehouse import connect
from melflow.core.workspace import Workspace, load_workspace
from melflow.flows.intake import Intake, take_in
from melflow.flows.tables import prepare
from melflow.sources.xlsform import Instruments
from tests.flows.test_logs_taken_in import FILES as ALLIANCE

VISITS = """\
connector: activity_log
title: Visits
path: inbox/visits/*.csv
columns: {occurred_on: day, from_partner: giver, to_partner: taker}
constants: {kind: advice, channel: online}
"""
ROLES = """\
connector: register
records: roles
title: Roles
path: inbox/roles/*.csv
columns: {role_id: id, partnership_id: partnership, partner: who, role: role, valid_from: since}
"""
TEXTS = {
    "visits": "day,giver,taker\n2025-03-05,north,south\n2025-03-06,south,north\n",
    "roles": "id,partnership,who,role,since\n1,water,north,lead,2025-01-01\n2,water,south,active,2025-01-01\n",
}
OTHER = {
    "visits": "day,giver,taker\n2025-04-01,lab,north\n",
    "roles": "id,partnership,who,role,since\n3,water,lab,active,2025-01-01\n",
}
TABLE = {"visits": "src_exchange", "roles": "src_role"}


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("MELFLOW_HASH_KEY", "0123456789abcdef" * 2)
    files = {name: text for name, text in ALLIANCE.items() if "/" not in name}
    for file, text in (files | {"sources/visits.yml": VISITS, "sources/roles.yml": ROLES}).items():
        path = tmp_path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return load_workspace(tmp_path)


def run(workspace: Workspace, source: str) -> tuple[Intake, int, list[str]]:
    """Take the source in; return what came of it, how many rows stand, and the files they are from."""
    prepare(workspace.warehouse_path)
    intake = take_in(workspace, source, Instruments([]))
    assert not intake.failures and not intake.gate
    with connect(workspace.warehouse_path, read_only=True) as con:
        rows = con.execute(f"select source_file from raw.{TABLE[source]} where is_current").fetchall()
    return intake, len(rows), sorted({file.rpartition("/")[2] for (file,) in rows})


@pytest.mark.parametrize("source", TABLE)
def test_same_bytes__first_file_changes(workspace: Workspace, source: str) -> None:
    """Should keep the rows once while both files have them, and all of them when the first file says something else."""
    folder = workspace.root / "inbox" / source
    folder.mkdir(parents=True)
    for name in ("a.csv", "b.csv"):
        (folder / name).write_text(TEXTS[source])
    intake, n_rows, _ = run(workspace, source)
    assert (intake.n_new, n_rows) == (2, 2)
    assert intake.account is not None and intake.account.rows_duplicate == 2 and not intake.account.difference
    assert run(workspace, source)[0].n_loaded == 0
    (folder / "a.csv").write_text(OTHER[source])
    assert run(workspace, source)[1:] == (3, ["a.csv", "b.csv"])
    (folder / "a.csv").write_text(TEXTS[source])  # put back as it was
    assert run(workspace, source)[1] == 2
    (folder / "b.csv").write_text(OTHER[source])  # as the first file was once
    assert run(workspace, source)[1:] == (3, ["a.csv", "b.csv"])
