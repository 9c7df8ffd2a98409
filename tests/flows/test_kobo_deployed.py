"""Deployed versions of a KoboToolbox project's form are used: nobody writes them down by hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from kobo_server import ASSET, Project, serve
from survey_source import unchecked, write_source, write_workspace

from melflow.core.warehouse import connect
from melflow.core.workspace import Workspace, load_workspace
from melflow.flows.deployed_forms import all_forms, told
from melflow.flows.intake import take_in
from melflow.flows.reference import write_reference
from melflow.flows.status import write_status
from melflow.flows.tables import prepare
from melflow.sources.xlsform import read_instruments

SURVEY = [
    ["type", "name", "label", "required", "mel_construct", "mel_pii"],
    ["select_one partners", "partner", "Your organisation", "yes", "partner"],
    ["text", "phone", "Telephone", "", "", "yes"],
    ["select_one agree", "trust_1", "We trust them", "yes", "trust"],
    ["integer", "years", "Years in your role"],
]
CHOICES = [
    ["list_name", "name", "label", "mel_score"],
    ["partners", "north", "North Town"],
    *(["agree", f"a{score}", f"Step {score}", score] for score in range(1, 6)),
]


def _content(*more: dict[str, Any], without: tuple[str, ...] = (), codes: range = range(1, 6)) -> dict[str, Any]:
    """Return the form as Kobo keeps it: without mel_ columns."""
    survey = [
        {"type": row[0].split()[0], "name": row[1], "label": [row[2]], "required": row[3:4] == ["yes"],
         **({"select_from_list_name": row[0].split()[1]} if " " in row[0] else {})}
        for row in SURVEY[1:] if row[1] not in without
    ]  # fmt: skip
    choices = [{"list_name": "partners", "name": "north", "label": ["North Town"]}]
    choices += [{"list_name": "agree", "name": f"a{code}", "label": [f"Step {code}"]} for code in codes]
    return {"survey": [*survey, *more], "choices": choices, "translations": [None], "settings": {}}


@pytest.fixture
def project() -> Project:
    return Project()


@pytest.fixture
def workspace(
    kobo_environment: None, project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Workspace]:
    monkeypatch.setattr("melflow.expectations.check.check", unchecked)
    root = write_workspace(tmp_path / "w", "survey", {"survey": SURVEY, "choices": CHOICES})
    with serve(project) as address:
        write_source(root, "kobo", title="S", connector="kobo", instrument="survey", server=address, asset=ASSET,
                     token="KOBO_TOKEN", sweep_days=0)  # fmt: skip
        made = load_workspace(root)
        prepare(made.warehouse_path)
        yield made


@pytest.fixture
def run(workspace: Workspace) -> Callable[[], list[tuple[Any, ...]]]:
    """Takes in; gives version of the form, question, number and text of every answer."""

    def once() -> list[tuple[Any, ...]]:
        forms = read_instruments(workspace.root / "instruments", workspace.framework)
        intake = take_in(workspace, "kobo", forms)
        assert not intake.failures
        write_reference(workspace, all_forms(workspace))
        with connect(workspace.warehouse_path) as con:
            return con.execute(
                "select form_version, item_id, value_num, value_text from raw.src_response where missing_code is null "
                "order by all"
            ).fetchall()

    return once


def _record(key: int, version: str, **answers: str) -> dict[str, Any]:
    one = {"partner": "north", "trust_1": "a4", "years": "3", **answers}
    return {
        "_id": key, **one, "__version__": version, "_uuid": f"u{key}", "meta/instanceID": f"uuid:u{key}",
        "meta/rootUuid": f"uuid:u{key}", "_submission_time": "2025-03-01T10:00:00", "_validation_status": {},
    }  # fmt: skip


def test_take_in__version_deployed_as_it_is_under_instruments(
    project: Project, workspace: Workspace, run: Callable[[], Any]
) -> None:
    """Should read what was sent to a deployed version by the form that asks the same, without a word in the source."""
    project.content = _content()
    project.add(_record(1, "vA"))
    assert {version for version, *_ in run()} == {"1"}
    assert told(workspace) == []
    assert [form.also for form in all_forms(workspace).forms] == [("vA",)]


def test_take_in__version_deployed_otherwise(project: Project, workspace: Workspace, run: Callable[[], Any]) -> None:
    """Should read each submission by the version it answers, with the mel_ columns of the form of the same id."""
    project.content = _content()
    project.add(_record(1, "vA", phone="555"))
    run()
    project.versions.append("vB")
    project.contents = {"vA": _content(), "vB": _content({"type": "text", "name": "why"}, without=("years",))}
    project.content = project.contents["vB"]
    project.add(_record(2, "vB", why="because", phone="556") | {"years": "7"})
    answers = run()
    assert ("vB", "why", None, "because") in answers
    assert {row for row in answers if row[1] == "years"} == {("1", "years", 3.0, None)}
    assert not {"555", "556"} & {row[3] for row in answers}  # personal by the form's mel_pii
    with connect(workspace.warehouse_path) as con:
        items = con.execute("select item_id, domain, health_dimension, is_personal, series_id from raw.src_item "
                            "where form_version = 'vB' order by order_no").fetchall()  # fmt: skip
        of_trust = con.execute("select distinct series_id, health_dimension from raw.src_item "
                               "where item_id = 'trust_1'").fetchall()  # fmt: skip
        scores = con.execute("select code, score from raw.src_choice where form_version = 'vB' and list = 'agree'")
        assert scores.fetchall() == [(f"a{score}", float(score)) for score in range(1, 6)]
        versions = con.execute("select form_version from raw.src_instrument order by all").fetchall()
    assert [item[0] for item in items] == ["partner", "phone", "trust_1", "why"] and items[1][3]
    assert len(of_trust) == 1 and of_trust[0][1] is not None  # one series, measured in both
    assert versions == [("1",), ("vB",)]

    head, *changes = told(workspace)
    assert head.startswith("survey: version vB, deployed on 2026-01-02, is none of the forms under instruments/")
    assert any("why starts a new series" in line for line in changes)
    assert any("years is removed" in line for line in changes)


def test_take_in__what_the_officer_says_of_a_version_goes_first(
    project: Project, workspace: Workspace, run: Callable[[], Any]
) -> None:
    """Should leave alone a version that the source declares, and one that cannot be read."""
    project.contents = {"vA": _content({"type": "text", "name": "why"})}
    path = workspace.root / "sources" / "kobo.yml"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"versions": {"vA": "1"}}))
    object.__setattr__(workspace, "sources", load_workspace(workspace.root).sources)
    project.add(_record(1, "vA"))
    assert {version for version, *_ in run()} == {"1"}
    project.versions.append("vB")
    project.contents["vB"] = {"survey": "gone"}
    run()
    (line,) = told(workspace)
    assert "no list 'survey' in it" in line


def test_told__versions_that_no_form_has(project: Project, workspace: Workspace, run: Callable[[], Any]) -> None:
    """Should say how many submissions name a version that nobody deployed, and by which they are read."""
    project.content = _content()
    for key, version in enumerate(["vA", "vGone", "vGone"], 1):
        project.add(_record(key, version))
    assert {version for version, *_ in run()} == {"1"}
    with connect(workspace.warehouse_path) as con:
        ((text, n_read),) = con.execute("select notes, rows_read from raw.load where rows_read > 0").fetchall()
    assert json.loads(text)["versions"] == {"vA": 1, "vGone": 2} and n_read == 3
    assert told(workspace) == []  # nothing is told before a status was written
    write_status(workspace)
    (line,) = told(workspace)
    assert line.startswith("kobo: 2 submissions that came name the version vGone, which no form has; read as version 1")
    assert "under 'versions' in sources/kobo.yml" in line
