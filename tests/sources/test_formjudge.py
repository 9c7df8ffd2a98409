import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from melflow.core.workspace.framework import Framework
from melflow.core.workspace.loader import FORMS
from melflow.sources.form_workbook import shown
from melflow.sources.formcheck import check_instruments
from melflow.sources.formjudge import judge
from melflow.sources.xlsform import READERS, Instruments, read_xlsform


def _workbook(folder: Path, make_workbook: Callable[..., bytes], **sheets: Any) -> Path:
    (folder / "instruments").mkdir(exist_ok=True)
    path = folder / "instruments" / "f.xlsx"
    path.write_bytes(make_workbook(**sheets))
    return path


def test_judge__says_where_and_how(tmp_path: Path, make_workbook: Callable[..., bytes], framework: Framework) -> None:
    """Should tell pyxform's words with file, sheet and row first and the fix last."""
    survey = [["type", "name", "label"], [], ["text", "a name", "A"]]
    form = read_xlsform(_workbook(tmp_path, make_workbook, survey=survey), framework)
    (problem,) = judge(tmp_path, form)
    assert (
        problem.where == "instruments/f.xlsx!survey!row 3" and "'a name'" in problem.seen + problem.rule + problem.fix
    ) or ("'name' value is invalid" in problem.seen)
    assert problem.fix.startswith("Names must begin with a letter")


def test_judge__kobo_questions_are_judged_unfolded(
    tmp_path: Path, make_workbook: Callable[..., bytes], framework: Framework
) -> None:
    """Should not refuse what KoboToolbox unfolds before it deploys, and count rows as the sheet does."""
    survey = [
        ["type", "name", "label", "kobo--score-choices"],
        ["begin_score", "s", "Score", "yn"],
        ["score__row", "one", "One", ""],
        ["end_score"],
    ]
    choices = [["list_name", "name", "label"], ["yn", "y", "Yes"]]
    path = _workbook(tmp_path, make_workbook, survey=survey, choices=choices)
    assert judge(tmp_path, read_xlsform(path, framework)) == []
    wrong = [*survey[:2], ["score__row", "no name", "One", ""], survey[3]]
    path = _workbook(tmp_path, make_workbook, survey=wrong, choices=choices)
    (problem,) = judge(tmp_path, read_xlsform(path, framework))
    assert problem.where.endswith("!survey!row 3")


def test_judge__json(tmp_path: Path, framework: Framework) -> None:
    """Should judge JSON content like a workbook."""
    (tmp_path / "instruments").mkdir()
    path = tmp_path / "instruments" / "f.json"
    for kind, n_problems in (("text", 0), ("txt", 1)):
        survey = [{"type": kind, "name": "q", "label": ["Q"]}]
        path.write_text(json.dumps({"content": {"survey": survey}}))
        assert len(judge(tmp_path, read_xlsform(path, framework))) == n_problems


def test_check__key_of_two_questions(tmp_path: Path, make_workbook: Callable[..., bytes], framework: Framework) -> None:
    """Should refuse one mel_key for two questions of a version: their answers would be one series."""
    survey = [
        ["type", "name", "label", "mel_key"],
        ["text", "a", "A", "k"],
        ["text", "b", "B", "k"],
        ["text", "k", "K"],
    ]
    form = read_xlsform(_workbook(tmp_path, make_workbook, survey=survey), framework)
    found = check_instruments(Instruments([form]), framework)
    assert [problem.where.rpartition("!")[2] for problem in found] == ["row 3", "row 4"]


@pytest.mark.parametrize(
    ("number", "number_format", "expected"),
    [
        ("2024.1", "0.00", "2024.10"),
        ("1.1", "General", "1.1"),
        ("7", "000", "007"),
        ("2", "0.0", "2.0"),
        ("45000", "yyyy-mm-dd", "45000"),
        ("202401151030", "0", "202401151030"),
    ],
)
def test_shown__as_the_cell_shows_it(number: str, number_format: str, expected: str) -> None:
    """Should follow formats of plain digits, and leave others alone."""
    assert shown(number, number_format) == expected


def test_forms__the_workspace_knows_what_can_be_read() -> None:
    """Should count as a form in core exactly what sources can read."""
    assert set(FORMS) == set(READERS)
