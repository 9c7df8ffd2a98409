"""A gate that stops a source is in the next release, which holds its editions, until a batch is let through."""

from __future__ import annotations

from pathlib import Path

import pytest

from melflow.core.warehouse import connect
from melflow.core.workspace import Workspace, load_workspace
from melflow.flows.closed_gates import closed
from melflow.flows.intake import Intake, take_in
from melflow.flows.release import _tables, stamp
from melflow.flows.tables import prepare
from melflow.sources.xlsform import read_instruments

FILES = {
    "melflow.toml": '[alliance]\nid = "rio"\nname = "Rio"\ntime_zone = "America/Bogota"\nlanguages = ["en"]\n\n'
    '[calendar]\nkind = "half-year"\nfirst = "2024-H2"\nlast = "2025-H2"\n',
    "partners.csv": "partner_id,name,type,country,joined_on,left_on,contact,language\n"
    "north,Town of the North,municipality,CO,2024-07-01,,,en\n",
    "partnerships.yml": "partnerships: []\n",
    "sources/changes.yml": "connector: register\nrecords: adaptations\ntitle: Changes\npath: inbox/changes.csv\n"
    "columns: {insight_id: No, insight_date: Day, insight: Insight, decided_on: Done, partner: Who}\n",
}


def written(folder: Path, who: str) -> None:
    lines = ["No,Day,Insight,Done,Who", *(f"I-{number},2025-03-05,a leak,,{who}" for number in range(12))]
    (folder / "inbox" / "changes.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def taken(workspace: Workspace) -> Intake:
    return take_in(workspace, "changes", read_instruments(workspace.root / "instruments", workspace.framework))


def red(workspace: Workspace) -> list[tuple[str, ...]]:
    """Return the gates that the release would say are closed."""
    summary = _tables(workspace)["check_summary"]
    with connect(workspace.warehouse_path, read_only=True) as con:
        found = con.execute(f"select source, rule_id from {summary} where severity = 'gate' and not success").fetchall()
        assert [(source, rule) for source, _, rule in closed(con)] == found
    return found


def test_record__until_a_batch_is_let_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should name the closed gate once however often it is judged, make another release of it, and forget it after."""
    monkeypatch.setenv("MELFLOW_HASH_KEY", "a key of a test that is long")
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "inbox").mkdir()
    workspace = load_workspace(tmp_path)
    prepare(workspace.warehouse_path)
    written(tmp_path, "Town of the North")
    assert not taken(workspace).problems and red(workspace) == []
    before = stamp(workspace)
    written(tmp_path, "Somebody else")
    for _ in range(2):
        assert taken(workspace).gate and red(workspace) == [("changes", "most_partners_known")]
    stopped = stamp(workspace)
    assert stopped.load_id != before.load_id, "another release is made, though nothing was loaded"
    assert stopped.as_of == before.as_of
    written(tmp_path, "north")
    assert not taken(workspace).problems and red(workspace) == []
