"""The loop with a partner beside logs: results, registers, and surveys that are edited where they are kept."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import central_payloads as central
import openpyxl
import pytest
from central_server import Central
from kobo_survey import Survey, submission
from survey_source import SurveySource, write_source, write_workspace

from melflow.core.workspace import load_workspace
from melflow.expectations.workbook import COLUMNS, HEADER_LINE
from melflow.flows.held_entries import problems
from melflow.flows.held_export import export
from melflow.flows.held_import import Import, take_back
from melflow.flows.status import held_rows
from tests.flows.held_workspace import ask, fill_in, history, make, run

pytestmark = pytest.mark.slow

HOURS = """\
connector: register
records: hours
title: Hours
path: inbox/hours/*.csv
columns: {partner: Who, period: Period, hours_planned: Planned, hours_used: Used}
"""
LINK = COLUMNS.index("link") + 1


def link_of(workbook: Path) -> str:
    """Return where the link of the first line leads."""
    cell = openpyxl.load_workbook(workbook).worksheets[0].cell(HEADER_LINE + 1, LINK)
    assert cell.hyperlink is not None
    return str(cell.hyperlink.target)


def test_import__results_and_registers(tmp_path: Path) -> None:
    """Should release a figure and a line of a register, in one workbook, each with both values in its history."""
    folder = make(tmp_path / "w")
    (folder / "sources/hours.yml").write_text(HOURS)
    for name in ("hours", "results"):
        (folder / "inbox" / name).mkdir()
    (folder / "inbox/hours/h.csv").write_text("Who,Period,Planned,Used\nWater Lab,2024-H2,10,about ten\n")
    book = openpyxl.Workbook()
    book.active.title = "2024"
    for row in (["Code", "Organisation", "Actual", "Half"], ["i1", "Water Lab", "pending", 2]):
        book.active.append(row)
    book.save(folder / "inbox/results/r.xlsx")
    for source in ("hours", "results"):
        run(folder, source)
    workspace = load_workspace(folder)
    sent, n_lines = export(workspace, "lab")
    assert sent is not None and n_lines == 2
    filled = fill_in(sent, tmp_path / "back.xlsx", {"value": 9}, {"value": 41.5})
    assert take_back(workspace, filled) == Import("lab", n_corrected=2, n_fixed=2)
    assert ask(folder, "select hours_used from raw.src_hours where is_current") == [(9.0,)]
    assert ask(folder, "select actual from raw.src_result where is_current") == [(41.5,)]
    lines = [("hours", "about ten", "9"), ("results", "pending", "41.5")]
    assert history(folder, "lab") == [
        told
        for _, before, after in lines
        for told in (("held", None, None, before), ("returned", "Water Lab", before, before),
                     ("fixed", "Rosa", before, after))
    ]  # fmt: skip


@pytest.mark.usefixtures("kobo_environment")
def test_survey__kobo(survey: Callable[..., Survey], tmp_path: Path) -> None:
    """Should lead to the page where an answer is edited, close by an edit there, and take a workbook's value too."""
    mine, chance = survey(), random.Random(1)
    wrong: list[dict[str, Any]] = [{"trust_1": "a9"}, {"trust_2": "b1"}]
    for key, answers in enumerate(wrong, 1):
        mine.project.add(submission(key, chance) | {"about/partner": "north"} | answers)
    mine.take_in()
    sent, n_lines = export(mine.workspace, "north")
    assert sent is not None and n_lines == 2
    pages = f"{mine.workspace.sources['kobo'].server}/api/v2/assets/aTest/data"  # type: ignore[union-attr]
    lines = list(openpyxl.load_workbook(sent).worksheets[0].iter_rows(HEADER_LINE + 1, values_only=True))
    assert link_of(sent) == f"{pages}/{lines[0][1]}/enketo/redirect/edit/" and {line[1] for line in lines} == {"1", "2"}

    mine.project.edit(1, trust_1="a3")
    mine.take_in()
    assert [row["value"] for row in problems(mine.workspace)] == ["b1"]
    told = [{"value": "a4"} if line[3] == "b1" else {} for line in lines]
    filled = fill_in(sent, tmp_path / "back.xlsx", *told)
    assert take_back(mine.workspace, filled) == Import("north", n_corrected=1, n_empty=1, n_fixed=1)
    fixed = "select who, value_before, value_after from raw.held_event where state = 'fixed' order by all"
    assert ask(mine.workspace.root, fixed) == [("Rosa", "b1", "a4"), (None, "a9", "a3")]


def test_survey__central(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should lead to the submission at ODK Central, and close when it is edited there."""
    for name, value in {"ODK_EMAIL": "south@example.org", "ODK_PASSWORD": "right",
                        "MELFLOW_HASH_KEY": "a secret of more than sixteen"}.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    server = Central()
    with server.serving() as address:
        root = write_workspace(tmp_path / "w", "team", {"survey": central.SURVEY, "choices": central.CHOICES})
        write_source(root, "team", title="Team", connector="odk", instrument="team", server=address, project=4,
                     form="team", email="ODK_EMAIL", password="ODK_PASSWORD", partner="north")  # fmt: skip
        mine = SurveySource(root)
        [name] = server.add([{"who": "N1", "how": "visit teleport", "about": {"member": []}}])
        mine.take_in()
        sent, n_lines = export(mine.workspace, "north")
        assert sent is not None and n_lines == 1
        page = f"{address}/v1/projects/4/forms/team/submissions/{name}/edit"
        assert link_of(sent) == page
        assert held_rows(mine.workspace)["place"].to_list() == [page]
        server.edit(name, {"who": "N1", "how": "visit call", "about": {"member": []}})
        mine.take_in()
    assert problems(mine.workspace) == []
    assert history(root, "north")[-1] == ("fixed", None, "teleport", "visit call")
    why = ask(root, "select why from raw.held_event where state = 'fixed'")
    assert why == [("edited at the source",)]
