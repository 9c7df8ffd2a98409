"""The loop with a partner: held, sent back as a workbook, filled in, taken back, released, with both values kept."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from melflow.core.errors import TerminalError, WorkspaceError
from melflow.core.landing import LandingStore
from melflow.core.workspace import load_workspace
from melflow.expectations.workbook import HEADER_LINE
from melflow.flows.held_export import export
from melflow.flows.held_import import Import, take_back
from tests.flows.held_workspace import LOG, ask, fill_in, make, run

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make(tmp_path)


def test_loop__log(folder: Path, tmp_path: Path) -> None:
    """Should release the row with what the partner wrote, once, never over the original, and in every later file."""
    run(folder)
    workspace = load_workspace(folder)
    sent, n_lines = export(workspace, "lab")
    assert sent is not None and n_lines == 1
    sheet = openpyxl.load_workbook(sent).worksheets[0]
    assert sheet.protection.sheet and sheet.title == "Correcciones"  # the partner reads Spanish
    line = [cell.value for cell in sheet[HEADER_LINE + 1]]
    assert line[1:5] == ["inbox/visits/a.csv!E3", "Kind", "advise", line[4]] and "no es uno de" in str(line[4])
    assert "advice" in {row[0] for row in openpyxl.load_workbook(sent)["lists"].iter_rows(values_only=True)}
    assert ask(folder, "select state from raw.held where partner_id = 'lab'") == [("returned",)]

    filled = fill_in(sent, tmp_path / "back.xlsx", {"value": "advice"})
    with pytest.raises(WorkspaceError, match="own workbook"):
        take_back(workspace, filled, partner="city")
    assert take_back(workspace, filled) == Import("lab", n_corrected=1, n_fixed=1)
    assert take_back(workspace, filled) == Import("lab", is_new=False)
    loaded = "select kind from raw.src_exchange where exchange_id = 'visits:2' and is_current"
    assert ask(folder, loaded) == [("advice",)]
    store = LandingStore(folder / "var/landing")
    assert [store.read(one).decode() for one in store.of_source("visits")] == [LOG]
    assert filled.read_bytes() in [store.read(one) for one in store.of_source("held:workbooks")]
    story = (
        "select state, who, value_before, value_after from raw.held_event where partner_id = 'lab' order by happened_at"
    )
    assert ask(folder, story) == [
        ("held", None, None, "advise"), ("returned", "Water Lab", "advise", "advise"),
        ("fixed", "Rosa", "advise", "advice"),
    ]  # fmt: skip

    # the partner goes on in its own file, which still says the same; and a warehouse made anew knows all of it
    (folder / "inbox/visits/a.csv").write_text(LOG.replace("1,2025", "0,2025-01-09,lab,city,visit,1,hours\n1,2025", 1))
    run(folder)
    assert ask(folder, loaded) == [("advice",)]
    (folder / "var/warehouse.duckdb").unlink()
    run(folder)
    assert [row[0] for row in ask(folder, story)] == ["held", "returned", "fixed"]


def test_import__too_large(folder: Path, tmp_path: Path) -> None:
    """Should say how large the file is, without reading it."""
    large = tmp_path / "large.xlsx"
    with large.open("wb") as opened:
        opened.truncate(50 * 1024**2)
    with pytest.raises(TerminalError, match=r"at most 10 MB; saw 50 MB"):
        take_back(load_workspace(folder), large)


def test_loop__other_answers(folder: Path, tmp_path: Path) -> None:
    """Should leave a row out, keep one the partner holds right for somebody to decide, and settle an old workbook."""
    run(folder)
    workspace = load_workspace(folder)
    sent, _ = export(workspace, "city")
    assert sent is not None
    right = fill_in(sent, tmp_path / "right.xlsx", {"answer": "Está bien como está"})
    assert take_back(workspace, right) == Import("city", n_right=1)
    assert ask(folder, "select state from raw.held where partner_id = 'city'") == [("returned",)]
    out = fill_in(sent, tmp_path / "out.xlsx", {"answer": "Dejar la fila fuera"})
    assert take_back(workspace, out, by="Luis") == Import("city", n_corrected=1, n_fixed=1)
    assert ask(folder, "select count(*) from raw.src_exchange") == [(1,)]
    late = fill_in(sent, tmp_path / "late.xlsx", {"value": "2025-01-12"})
    assert take_back(workspace, late) == Import("city", n_settled=1)
    assert export(workspace, "city") == (None, 0)
