"""narrative/: what the team wrote is found by its place, and a place that is none is named with its remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from melflow.core.errors import WorkspaceError
from melflow.core.workspace import load_workspace


def put(folder: Path, *files: str, text: str = "We met twice.") -> Path:
    for file in files:
        path = folder / "narrative" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def test_load__narratives(workspace_folder: Path) -> None:
    """Should read them by report, period, section and language, leave figures' configuration alone, skip empty ones."""
    before = load_workspace(workspace_folder).config_hash
    put(workspace_folder, "README.md", "funder/2026-H1.md", "funder/2026-H1.es.md", "funder/2026-H1/flow.en.md")
    put(workspace_folder, "funder/2025-H2.md", text="\n")
    workspace = load_workspace(workspace_folder)
    places = [(one.report, one.period_id, one.section, one.language) for one in workspace.narratives]
    assert sorted(places) == [
        ("funder", "2026-H1", "", ""), ("funder", "2026-H1", "", "es"), ("funder", "2026-H1", "flow", "en"),
    ]  # fmt: skip
    assert workspace.config_hash == before


@pytest.mark.parametrize(
    ("file", "remedy"),
    [
        ("fundr/2026-H1.md", "'funder'"),
        ("funder/2026-H9.md", "'2026-H1'"),
        ("funder/2026-H1.fr.md", "2026-H1"),
        ("funder/2026-H1/flwo.md", "'flow'"),
        ("funder/2026-H1/needs.md", "Choose one of"),
        ("funder.md", "2024-H2"),
    ],
)
def test_load__a_place_that_is_none(workspace_folder: Path, file: str, remedy: str) -> None:
    """Should name the file and what to call it, once."""
    with pytest.raises(WorkspaceError) as caught:
        load_workspace(put(workspace_folder, file))
    [problem] = caught.value.problems
    assert problem.where == f"narrative/{file}:1" and remedy in problem.fix


def test_load__unreadable(workspace_folder: Path) -> None:
    """Should refuse what is not UTF-8 and what is longer than an edition bears."""
    put(workspace_folder, "funder/2026-H1.md", text="a" * 50_001)
    (workspace_folder / "narrative/funder/2025-H2.md").write_bytes(b"\xff\xfe\xfa")
    with pytest.raises(WorkspaceError) as caught:
        load_workspace(workspace_folder)
    assert [problem.fix.split()[0] for problem in caught.value.problems] == ["Save", "Shorten"]
