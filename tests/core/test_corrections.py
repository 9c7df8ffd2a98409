"""Known errors of sources: what may be declared, and that no mistake in it is answered with a value."""

from pathlib import Path

import pytest

from melflow.core.errors import WorkspaceError
from melflow.core.workspace import load_workspace

GOOD = """\
corrections:
  - key: {Code: w1, Organisation: Water Lab}
    column: Actual
    action: replace
    expected: 1204
    value: 120.4
    reason: The decimal sign was lost
    who: Data officer
    on: 2025-03-01
  - {file: inbox/results/*, sheet: 2024, cell: D7, action: missing, expected: xx, reason: r, who: m, on: 2025-01-01}
  - {key: {Code: test}, action: drop, reason: A row for trying out, who: w, on: 2025-03-01}
"""


def write(folder: Path, text: str, name: str = "results") -> Path:
    (folder / "sources" / f"{name}.corrections.yml").write_text(text, encoding="utf-8")
    return folder


def test_corrections__read(workspace_folder: Path) -> None:
    """Should read the known errors beside a source, and none elsewhere; they count in the hash of the workspace."""
    without = load_workspace(workspace_folder)
    found = load_workspace(write(workspace_folder, GOOD))
    assert list(found.corrections) == ["results"] and list(found.sources) == list(without.sources)
    first, second, third = found.corrections["results"]
    assert first.key == {"Code": "w1", "Organisation": "Water Lab"} and first.value == "120.4"
    assert (second.cell, second.sheet, third.expected) == ("D7", "2024", None)
    assert found.config_hash != without.config_hash


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("column: Actual", "column: Actaul", 3, "'Actual'"),
        ("{Code: w1", "{Kode: w1", 2, "'Code'"),
        ("    column: Actual\n", "", 2, "Add 'column: …'"),
        ("    value: 120.4\n", "", 2, "action: missing"),
        ("action: replace", "action: replce", 4, "'replace'"),
        ("    expected: 1204\n    value: 120.4", "    expected: 1204\n    value: 1204", 2, "changes something"),
        ("on: 2025-03-01\n  - {file", "on: 1 March\n  - {file", 9, "year-month-day"),
        ("cell: D7", "cell: D7, key: {Code: a}", 10, "one of the three ways"),
        ("cell: D7", "cell: seven", 10, "D7"),
        ("cell: D7", "cell: D7, item: q", 10, "Remove 'item'"),
        ("file: inbox/results/*, ", "", 10, "Add 'file: …'"),
        ("expected: xx, ", "", 10, "'expected'"),
        ("{key: {Code: test}", "{submission: 12", 11, "'key: {"),
        ("reason: A row for trying out, ", "", 11, "'reason' is required"),
    ],
)
def test_corrections__mistakes(workspace_folder: Path, old: str, new: str, line: int, words: str) -> None:
    """Should name each mistake with its line and what to write instead."""
    assert old in GOOD
    with pytest.raises(WorkspaceError) as caught:
        load_workspace(write(workspace_folder, GOOD.replace(old, new, 1)))
    [problem] = caught.value.problems
    assert problem.where == f"sources/results.corrections.yml:{line}" and words in str(problem)
    assert not any(value in str(problem) for value in ("1204", "120.4", "xx"))


def test_corrections__one_place_twice_and_no_source(workspace_folder: Path) -> None:
    """Should refuse two entries for one place, a file without its source, and a key for a survey."""
    write(workspace_folder, GOOD + GOOD.partition("\n")[2])
    write(workspace_folder, GOOD, "resluts")
    write(
        workspace_folder, "corrections:\n  - {key: {a: b}, action: drop, reason: r, who: w, on: 2025-01-01}\n", "survey"
    )
    with pytest.raises(WorkspaceError) as caught:
        load_workspace(workspace_folder)
    told = [str(problem) for problem in caught.value.problems]
    assert sum("the same place again" in one for one in told) == 3
    assert any("no sources/resluts.yml" in one and "'results'" in one for one in told)
    assert any("found by its submission" in one for one in told)
