"""What a form's own conditions and constraints say of answers, by way of a Kobo export of a form that has all kinds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from melflow.core.workspace.framework import Framework
from melflow.core.workspace.source import KoboSource
from melflow.sources import kobo
from melflow.sources.formlogic import unjudged
from melflow.sources.payload import Origin, Parsed
from melflow.sources.xlsform import Instruments, read_instruments

SURVEY = [
    ["type", "name", "label", "relevant", "constraint"],
    ["end", "end"],
    ["integer", "age", "Age", "", ". < 150"],
    ["select_multiple ways", "how", "How?", "", "not(selected(., 'none') and count-selected(.) > 1)"],
    ["text", "else", "How else?", "selected(${how}, 'other')"],
    ["begin_group", "grown", "For adults", "${age} >= 18"],
    ["text", "work", "Work", "", "string-length(.) > 1"],
    ["text", "since", "Since when?", "../work != ''"],
    ["end_group"],
    ["date", "met", "Met on", "", ". <= today()"],
    ["begin_repeat", "child", "Child", "${age} > 15"],
    ["text", "name", "Name"],
    ["integer", "years", "Age", "", ". < ${age}"],
    ["text", "school", "School", "${years} > 5"],
    ["end_repeat"],
    ["text", "odd", "Odd", "pulldata('a', 'b', 'c', ${age}) = 1"],
    ["text", "first", "First", "${name} = 'x'"],
]
CHOICES = [["list_name", "name", "label"], *(["ways", name, name.title()] for name in ("visit", "other", "none"))]
SETTINGS = [["form_id", "version"], ["logic", "1"]]


@pytest.fixture(scope="module")
def forms(
    tmp_path_factory: pytest.TempPathFactory, framework: Framework, make_workbook: Callable[..., bytes]
) -> Instruments:
    folder = tmp_path_factory.mktemp("logic")
    (folder / "logic.xlsx").write_bytes(make_workbook(survey=SURVEY, choices=CHOICES, settings=SETTINGS))
    return read_instruments(folder, framework)


@pytest.fixture
def told(
    origin: Callable[..., Origin], forms: Instruments, make_workbook: Callable[..., bytes]
) -> Callable[..., Parsed]:
    source = KoboSource(name="s", title="S", path="inbox/*.xlsx", connector="kobo", instrument="logic")

    def parse(row: dict[str, Any], children: tuple[dict[str, Any], ...] = ()) -> Parsed:
        top = {"_index": 1, "_id": 7, "_uuid": "u", "_submission_time": "2025-02-03T01:00:00"} | row
        rows = [{"_parent_index": 1, "_index": number} | child for number, child in enumerate(children, 1)]
        columns = list(dict.fromkeys(name for child in rows for name in child)) or ["_parent_index", "child/name"]
        below = [columns, *([child.get(name, "") for name in columns] for child in rows)]
        content = make_workbook(logic=[list(top), list(top.values())], child=below)
        return kobo.parse(origin("inbox/a.xlsx"), content, source, forms)

    return parse


def says(parsed: Parsed, item: str) -> list[tuple[str | None, bool | None, bool | None]]:
    rows = parsed.frames["src_response"].filter(pl.col("item_id") == item).sort("repeat_path", "row_id")
    return list(rows.select("missing_code", "is_relevant", "is_allowed").iter_rows())


FULL = {"age": 30, "how": "visit", "else": "", "grown/work": "", "grown/since": "", "met": "", "odd": "", "first": ""}


@pytest.mark.parametrize(
    ("answers", "item", "expected"),
    [
        ({}, "else", ("not_relevant", False, None)),
        ({"how": "visit other"}, "else", ("skipped", True, None)),
        ({"else": "by post"}, "else", (None, False, None)),
        ({}, "work", ("skipped", True, None)),
        ({"age": 12}, "work", ("not_relevant", False, None)),
        ({"age": ""}, "work", ("not_relevant", False, None)),
        ({}, "since", ("not_relevant", False, None)),
        ({"grown/work": "ox"}, "since", ("skipped", True, None)),
        ({"grown/work": "ox", "age": 12}, "since", ("not_relevant", False, None)),
        ({"grown/work": "o"}, "work", (None, True, False)),
        ({"age": 200}, "age", (None, None, False)),
        ({"met": "2025-02-03"}, "met", (None, None, True)),
        ({"met": "2025-02-04"}, "met", (None, None, False)),
        ({}, "met", ("skipped", None, None)),
        ({}, "odd", ("not_relevant", None, None)),
        ({"odd": "x"}, "odd", (None, None, None)),
    ],
)
def test_logic__of_one_answer(
    told: Callable[..., Parsed],
    answers: dict[str, Any],
    item: str,
    expected: tuple[str | None, bool | None, bool | None],
) -> None:
    """Should judge conditions with those of the groups around, and constraints only where there is an answer."""
    assert says(told(FULL | answers), item) == [expected]


def test_logic__select_multiple(told: Callable[..., Parsed]) -> None:
    """Should judge the constraint of a select_multiple once, over all its options."""
    assert [allowed for *_, allowed in says(told(FULL | {"how": "none visit"}), "how")].count(False) == 1
    assert [allowed for *_, allowed in says(told(FULL | {"how": "none"}), "how")].count(False) == 0


def test_logic__inside_a_repeat(told: Callable[..., Parsed]) -> None:
    """Should see in each repetition its own answers and those of the form around it."""
    children = (
        {"child/name": "A", "child/years": 9, "child/school": ""},
        {"child/name": "B", "child/years": 40, "child/school": "X"},
        {"child/name": "C", "child/years": 3, "child/school": ""},
    )
    parsed = told(FULL, children)
    assert says(parsed, "years") == [(None, True, True), (None, True, False), (None, True, True)]
    assert says(parsed, "school") == [("skipped", True, None), (None, True, None), ("not_relevant", False, None)]
    assert says(told(FULL | {"age": 10}, children[:1]), "name") == [(None, False, None)]


def test_logic__answer_not_in_the_file(told: Callable[..., Parsed]) -> None:
    """Should say nothing about a question whose condition depends on a column the file does not have."""
    parsed = told({name: value for name, value in FULL.items() if name != "how"})
    assert says(parsed, "else") == [("not_relevant", None, None)]
    assert says(parsed, "work") == [("skipped", True, None)]
    assert "else: ${how}, which the file does not have" in parsed.notes["logic_not_judged"]


def test_logic__what_is_beyond_us(forms: Instruments) -> None:
    """Should name the expressions of a form that are not judged, with what in them is beyond us."""
    assert unjudged(forms.forms[0]) == [
        "first: ${name}, an answer inside another repeat",
        "odd: the function pulldata()",
    ]


def test_logic__unreadable_form(tmp_path: Path, framework: Framework, make_workbook: Callable[..., bytes]) -> None:
    """Should name an expression that does not read, and a question that two have the name of."""
    survey = [["type", "name", "label", "relevant"], ["text", "a", "A", "1 +"], ["begin_group", "g", "G"],
              ["text", "b", "B"], ["end_group"], ["text", "b", "B"], ["text", "c", "C", "${b} = 1"]]  # fmt: skip
    (tmp_path / "f.xlsx").write_bytes(make_workbook(survey=survey, choices=CHOICES, settings=SETTINGS))
    assert unjudged(read_instruments(tmp_path, framework).forms[0]) == [
        "a: it does not read as an expression",
        "c: ${b}, a name that several questions have",
    ]
