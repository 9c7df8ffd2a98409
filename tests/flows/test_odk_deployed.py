"""Every version of a form that ODK Central published is aligned and used, and what it changes is told."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import central_payloads as central
import openpyxl
import pytest
from central_server import Central
from pyxform.xls2xform import convert
from survey_source import KEY, SurveySource, unchecked, write_source, write_workspace

from melflow.core.warehouse import connect
from melflow.flows.deployed_forms import all_forms, told
from melflow.flows.reference import write_reference

SURVEY = [
    ["type", "name", "label", "required", "mel_construct"],
    ["text", "who", "Your code", "yes", "respondent"],
    ["select_one agree", "trust", "We trust them", "yes", "trust"],
    ["begin_repeat", "skill", "Skills"],
    ["text", "title", "Title"],
    ["end_repeat"],
]
CHOICES = [["list_name", "name", "label", "mel_score"], *(["agree", f"a{n}", f"Step {n}", n] for n in range(1, 6))]
#: What the later versions ask: skills in a group, another choice, a new question.
LATER = [
    *SURVEY[:3],
    ["begin_group", "more", "More"],
    *SURVEY[3:6],
    ["text", "why", "Why?"],
    ["end_group"],
]


def _sheets(survey: list[list[Any]], version: str) -> dict[str, list[list[Any]]]:
    return {"survey": survey, "choices": CHOICES, "settings": [["form_id", "version"], ["team", version]]}


def _xlsform(survey: list[list[Any]], version: str) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in _sheets(survey, version).items():
        page = book.create_sheet(name)
        for row in rows:
            page.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _xform(survey: list[list[Any]], version: str) -> bytes:
    return str(convert(_xlsform(survey, version), form_name="data").xform).encode()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Central]:
    monkeypatch.setattr(central, "SHAPE", {"who": None, "trust": None, "skill": [{"title": None}],
                                           "more": {"skill": [{"title": None}], "why": None}})  # fmt: skip
    made = Central()
    made.published = {"1": _xform(SURVEY, "1")}
    with made.serving():
        yield made


@pytest.fixture
def source(server: Central, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SurveySource:
    monkeypatch.setattr("melflow.expectations.check.check", unchecked)
    for name, value in (("ODK_TOKEN", "made-beforehand"), ("MELFLOW_HASH_KEY", KEY)):
        monkeypatch.setenv(name, value)
    root = write_workspace(tmp_path / "w", "team", {"survey": SURVEY, "choices": CHOICES})
    write_source(root, "team", title="Team", connector="odk", instrument="team", server=server.url, project=4,
                 form="team", token="ODK_TOKEN", partner="north")  # fmt: skip
    return SurveySource(root)


@pytest.fixture
def run(source: SurveySource) -> Callable[..., list[tuple[Any, ...]]]:
    """Takes in; gives what a query finds."""

    def once(sql: str) -> list[tuple[Any, ...]]:
        intake = source.take_in()
        assert not intake.failures
        write_reference(source.workspace, all_forms(source.workspace))
        with connect(source.workspace.warehouse_path) as con:
            return con.execute(sql).fetchall()

    return once


ANSWERS = (
    "select form_version, item_id, item_path_raw, value_text from raw.src_response "
    "where value_raw is not null and item_id <> 'who' order by all"
)


@pytest.mark.parametrize("made", [_xform, _xlsform], ids=["XForm", "XLSForm"])
def test_take_in__every_published_version(
    made: Callable[..., bytes], server: Central, source: SurveySource, run: Callable[[str], Any]
) -> None:
    """Should read each submission by its own version, in the same series, with the mel_ columns of the form."""
    server.add([{"who": "A", "trust": "a4", "skill": [{"title": "T1"}]}], version_asked="1")
    assert {row[0] for row in run(ANSWERS)} == {"1"} and told(source.workspace) == []
    server.published["2"] = made(LATER, "2")
    later = {"who": "B", "trust": "a5", "more": {"skill": [{"title": "T2"}], "why": "because"}}
    server.add([later], version_asked="2")
    assert run(ANSWERS) == [
        ("1", "title", "skill/title", "T1"),
        ("1", "trust", "trust", "a4"),
        ("2", "title", "more/skill/title", "T2"),
        ("2", "trust", "trust", "a5"),
        ("2", "why", "more/why", "because"),
    ]
    series = run("select item_id, count(distinct series_id), count(*) from raw.src_item group by all order by all")
    assert series == [("title", 1, 2), ("trust", 1, 2), ("who", 1, 2), ("why", 1, 1)]
    assert run("select distinct health_dimension is null from raw.src_item where item_id = 'trust'") == [(False,)]
    assert run("select count(*) from raw.src_choice where form_version = '2' and score is not null") == [(5,)]
    assert run("select is_personal from raw.src_item where item_id = 'who' and form_version = '2'") == [(True,)]

    head, *changes = told(source.workspace)
    assert head.startswith("team: version 2, deployed on 2025-01-02, is none of the forms under instruments/")
    assert [line.split(": ")[1] for line in changes] == ["title is moved", "why starts a new series"]


def test_take_in__version_without_a_name(server: Central, source: SurveySource, run: Callable[[str], Any]) -> None:
    """Should read what names no version by the version without a name, once there is one."""
    server.published = {"1": server.published["1"], "": _xform(LATER, "")}
    server.add([{"who": "B", "trust": "a5", "more": {"why": "because"}}], version_asked="")
    assert ("", "why", "more/why", "because") in run(ANSWERS)
    (notes,) = {json for (json,) in run("select notes from raw.load where notes like '%versions_unknown%'")}
    assert '"versions_unknown": {}' in notes


def test_told__published_otherwise_than_under_instruments(server: Central, source: SurveySource, run: Any) -> None:
    """Should say where the form under instruments/ is not what was published under its version; it is read anyway."""
    server.published = {"1": _xform([row for row in LATER if row[1:2] != ["trust"]], "1")}
    server.add([{"who": "A", "trust": "a4", "skill": [{"title": "T1"}]}], version_asked="1")
    assert {row[0] for row in run(ANSWERS)} == {"1"}
    head, *changes = told(source.workspace)
    assert "version 1 was published otherwise" in head and head.endswith("It changes:")
    assert [line.split(": ")[1] for line in changes] == [
        "trust is removed", "title is moved", "why starts a new series"
    ]  # fmt: skip
    server.published["3"] = b"<h:html/>"
    run(ANSWERS)
    assert any("XForm" in line for line in told(source.workspace))
