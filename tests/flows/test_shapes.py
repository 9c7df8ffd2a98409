"""A source that looks otherwise than before: said in a sentence, waited with where it breaks, let in when accepted."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
from survey_source import KEY, write_source, write_workspace

from melflow.core.landing import Landing
from melflow.core.warehouse import connect
from melflow.core.workspace import load_workspace
from melflow.flows.intake import take_in
from melflow.flows.shapes import Watch, accept, accepted, changes, joined, shape_of, told
from melflow.flows.tables import prepare
from melflow.sources.canonical import conform, empty
from melflow.sources.payload import Parsed
from melflow.sources.xlsform import Instruments


class Place:
    """All of a workspace that shapes need."""

    def __init__(self, var: Path) -> None:
        self.var = var


def log(n: int, *, readable: bool = True, filled: bool = True, unmapped: tuple[str, ...] = ()) -> Parsed:
    """A payload of a log with ``n`` rows."""
    rows = [{"exchange_id": f"e{i}", "quantity": 1.0 if readable and filled else None,
             "quantity_raw": ("1" if readable else "one") if filled else None} for i in range(n)]  # fmt: skip
    frame = pl.DataFrame(rows, schema_overrides={"quantity": pl.Float64, "quantity_raw": pl.String})
    return Parsed({"src_exchange": conform("src_exchange", frame)}, {"unmapped_columns": list(unmapped)})


def landed(number: int) -> Landing:
    day = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=number)
    return Landing("log", f"inbox/{number}.csv", f"{number:012d}".ljust(64, "0"), 1, day)


@pytest.mark.parametrize(
    ("new", "words", "is_breaking"),
    [
        ({"readable": False}, "'quantity' could be read as numbers or dates until now, and 100% of it cannot", True),
        ({"filled": False}, "the column of 'quantity' was always filled", True),
        ({"unmapped": ("Remarks",)}, "a new column 'Remarks' has come", False),
    ],
)
def test_changes__in_a_sentence(new: dict[str, Any], words: str, is_breaking: bool) -> None:
    """Should say what changed, and know which changes break; nothing is said of the first payload."""
    none = empty("src_choice")
    known = joined(shape_of(log(20), none), shape_of(log(20), none))
    (change,) = changes(known, shape_of(log(20, **new), none))
    assert words in change.sentence and change.is_breaking is is_breaking
    assert changes(known, shape_of(log(20), none)) == []
    assert changes(known, shape_of(log(4, **new | {"unmapped": ()}), none)) == []  # too few rows to tell


def test_changes__choice_lists() -> None:
    """Should break on a choice that is gone without a new version of the form, and tell of one that came."""
    key = {"instrument_id": "cap", "form_version": "1"}
    answers = conform("src_response", pl.DataFrame([key | {"item_id": "q1", "value_raw": "a", "option": "a"}]))
    parsed = Parsed({"src_response": answers})
    before, after = (
        shape_of(parsed, conform("src_choice", pl.DataFrame([key | {"list": "yn", "code": code} for code in codes])))
        for codes in ("ab", "bc")
    )
    lost, came = changes(before, after)
    assert (lost.is_breaking, came.is_breaking) == (True, False)
    assert lost.sentence == "the form's cap 1, list yn lost the choices a without a new version"
    assert came.sentence.endswith("has the new choices c")


def test_watch__waits_until_accepted(tmp_path: Path) -> None:
    """Should keep the file waiting, also in the next run; let it in once accepted; and learn the same anew."""
    place: Any = Place(tmp_path)
    none = empty("src_choice")
    for _ in range(2):  # a second run reads nothing of the first payloads again
        watch = Watch(place, "log", anew=not told(place, "log"))
        if not told(place, "log"):
            assert [watch.look(landed(n), log(20), none) for n in (1, 2)] == [None, None]
        problem = watch.look(landed(3), log(20, readable=False), none)
        assert problem is not None and "melflow sources accept log" in problem.fix and "quantity" in problem.seen
        watch.keep()
    assert [one["file"] for one in accept(place, "log")] == ["inbox/3.csv"]
    assert accepted(place, "log") == [landed(3).load_id]
    for _ in range(2):
        watch = Watch(place, "log", anew=True)
        files = [log(20), log(20), log(20, readable=False)]
        assert [watch.look(landed(n), file, none) for n, file in enumerate(files, 1)] == [None, None, None]
        watch.keep()
        assert [one["waits"] for one in told(place, "log")] == [False]
    assert accept(place, "log") == []


def _results(sheets: dict[str, list[tuple[Any, ...]]]) -> bytes:
    made, content = openpyxl.Workbook(), io.BytesIO()
    made.remove(made.active)
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        remarks = ["Remarks"] * any(len(row) > 4 for row in rows)
        for row in [("Code", "Who", "Baseline", "Actual", *remarks), *rows]:
            sheet.append(row)
    made.save(content)
    return content.getvalue()


def test_take_in__a_file_in_the_place_of_another(tmp_path: Path, let_pass: None, monkeypatch: Any) -> None:
    """Should say how a file differs from those that stood in its place, also when all is loaded again."""
    monkeypatch.setenv("MELFLOW_HASH_KEY", KEY)
    root = write_workspace(tmp_path / "w", "f", {"survey": [["type", "name", "label"], ["text", "a", "A"]]})
    columns = {"indicator_id": "Code", "partner": "Who", "baseline": "Baseline", "actual": "Actual"}
    source = {"connector": "spreadsheet", "title": "R", "path": "inbox/r.xlsx", "sheets": ["20*"], "columns": columns}
    write_source(root, "r", **source, period="{sheet}-H1")
    workspace = load_workspace(root)
    (root / "inbox").mkdir()
    rows = [(f"i{n}", "north", 1, n) for n in range(12)]
    files = {
        "as it was": {"2025": rows, "2026": rows},
        "a column more": {"2025": [(*row, "x") for row in rows], "2026": rows},
        "a sheet renamed": {"2025": [(*row, "x") for row in rows], "old 2026": rows},
        "a column emptied": {"2025": [(*row[:2], None, row[3]) for row in rows], "2026": rows[:0]},
    }
    prepare(workspace.warehouse_path)
    seen: dict[str, list[str]] = {}
    with connect(workspace.warehouse_path):  # held open, as a run does
        for name, sheets in files.items():
            (root / "inbox" / "r.xlsx").write_bytes(_results(sheets))
            take_in(workspace, "r", Instruments([]))
            seen[name] = [one["sentence"] for one in told(workspace, "r")]
        intake = take_in(workspace, "r", Instruments([]), full=True)
    assert [one["sentence"] for one in told(workspace, "r")] == seen["a column emptied"]
    assert seen == {
        "as it was": [],
        "a column more": ["a new column 'Remarks' has come, and nothing reads it"],
        "a sheet renamed": ["the sheet '2026' gave figures until now, and is gone or not read any more"],
        "a column emptied": ["the column of 'baseline' was always filled, and is empty or missing now"],
    }
    assert [problem.rule for problem in intake.failures] == ["a file looks as those of its source did before"]
