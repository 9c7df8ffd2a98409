"""What readers noted reaches the data officer: every note in words, with its place and what to do."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from string import Formatter
from typing import Any

import polars as pl
import pytest
from survey_source import write_source, write_workspace

from melflow.core.warehouse import append, connect
from melflow.core.workspace import Workspace, load_workspace
from melflow.flows import source_view
from melflow.flows.commands.status import status
from melflow.flows.note_words import SILENT, WORDS
from melflow.flows.source_notes import told
from melflow.flows.status import write_status
from melflow.flows.tables import LOAD, RECONCILE, prepare
from melflow.sources import calendar_file, iati_file, payload, sheet_body

SOURCES = Path(sheet_body.__file__).parent
#: Keys of notes that have a name in the code.
NAMED = {name: getattr(payload, name) for name in ("COLUMNS", "NESTED", "UNPLACED", "DROPPED")} | {
    "FROM_1904": sheet_body.FROM_1904
}
START = datetime(2026, 1, 1, tzinfo=UTC)


def written() -> Iterator[str]:
    """Yield the keys of notes that readers write, as their code has them."""
    yield from (*calendar_file.COUNTS, *iati_file.COUNTS)
    for path in sorted(SOURCES.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.AnnAssign(annotation=ast.Name(id="Notes"), value=ast.Dict(keys=keys)):
                    yield from map(key_of, keys)
                case ast.FunctionDef(returns=ast.Name(id="Notes")):
                    found = [one for one in ast.walk(node) if isinstance(one, ast.Return | ast.AugAssign)]
                    for one in found:
                        yield from (
                            key_of(key) for each in ast.walk(one) if isinstance(each, ast.Dict) for key in each.keys
                        )
                case ast.Subscript(value=ast.Name(id="notes"), slice=key, ctx=ast.Store()):
                    yield key_of(key)
                case ast.AugAssign(target=ast.Name(id="notes"), value=value):
                    yield from (
                        key_of(key) for each in ast.walk(value) if isinstance(each, ast.Dict) for key in each.keys
                    )


def key_of(node: ast.expr | None) -> str:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.Name(id=name) if name in NAMED:
            return str(NAMED[name])
        case ast.JoinedStr(values=[ast.FormattedValue(value=ast.Name(id="DROPPED")), ast.Constant(value=rest)]):
            return f"{payload.DROPPED}{rest}"
    return ""  # several at once


def test_words__every_note_is_told_or_silent_for_a_reason() -> None:
    """Should have words, or a reason for silence, for each note a reader writes, and for no other."""
    keys = set(written()) - {""}
    assert len(keys) > 45
    assert keys - WORDS.keys() - SILENT.keys() == set()
    assert (WORDS.keys() | SILENT.keys()) - keys == set()
    for what, words in WORDS.items():
        assert words.fix.endswith((".", "?")) and not words.sentence.endswith("."), what
        fields = {name for _, name, _, _ in Formatter().parse(words.sentence + words.fix) if name}
        assert fields <= {"n", "names", "source"}
        assert not words.at or words.at in SILENT


def load(origin: str, **notes: Any) -> dict[str, Any]:
    return {"load_id": origin, "source": "results", "origin": origin, "state": "loaded", "notes": json.dumps(notes)}


def loads(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame([dict.fromkeys(LOAD) | row for row in rows], schema=LOAD)


def test_told__with_places() -> None:
    """Should say what was seen in all files together, each with its places, and what weighs most first."""
    found = told(
        loads(
            load("inbox/a.xlsx", error_cells=2, error_cells_at=["2024!B3", "2024!B4"], reader="calamine", formulas=3),
            load("inbox/b.csv", rows_dropped_notes=1, notes_at=["row 9"], reader="csv", encoding="utf-8"),
            load(
                "inbox/c.zip", rows_dropped_encrypted=2, encrypted=["uuid:s", "uuid:t"], error_cells=0, sheets_hidden=[]
            ),
            load("inbox/d.xlsx", sheets_skipped=["Read me"], sheets_without_header=["Codes", "Cover"], error_cells=1),
        ),
        "results",
    )
    assert [(one.what, one.n, one.places) for one in found] == [
        ("rows_dropped_encrypted", 2, ("inbox/c.zip",)),
        ("sheets_without_header", 2, ("inbox/d.xlsx!Codes", "inbox/d.xlsx!Cover")),
        ("error_cells", 3, ("inbox/a.xlsx!2024!B3", "inbox/a.xlsx!2024!B4", "inbox/d.xlsx")),
        ("rows_dropped_notes", 1, ("inbox/b.csv!row 9",)),
        ("sheets_skipped", 1, ("inbox/d.xlsx!Read me",)),
        ("reader", 2, ("inbox/a.xlsx", "inbox/b.csv")),
    ]
    assert "uuid:s, uuid:t" in found[0].sentence and "passphrase" in found[0].fix
    assert [one.what for one in found if one.is_loss] == ["rows_dropped_encrypted"]
    assert found[1].sentence.startswith("The sheets Codes, Cover were taken for something else")
    assert found[-1].sentence == "Read by calamine, csv" and found[-1].is_info


def test_told__many_places() -> None:
    """Should name the first places and say how many there are."""
    (note,) = told(loads(*(load(f"inbox/{number}.csv", rows_dropped_blank=1) for number in range(30))), "results")
    assert (note.n, len(note.places), note.n_places) == (30, 10, 30)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    root = write_workspace(
        tmp_path_factory.mktemp("notes") / "w", "survey", {"survey": [["type", "name", "label"], ["text", "a", "A"]]}
    )
    columns = {"indicator_id": "Code", "actual": "Actual", "partner": "Partner"}
    for name in ("results", "others"):
        write_source(
            root,
            name,
            connector="spreadsheet",
            title=name.title(),
            path=f"inbox/{name}/*",
            columns=columns,
            period="2025-H1",
        )
    made = load_workspace(root)
    prepare(made.warehouse_path)
    terms = {"rows_at_source": 9, "rows_dropped": 3, "dropped": '{"notes": 1, "totals": 2}', "rows_split": 0}
    terms |= {"rows_landed": 5, "rows_loaded": 4, "rows_held": 1, "rows_superseded": 0, "rows_deleted": 0}
    terms |= {"rows_duplicate": 1, "payloads_unread": 1, "unread": '["inbox/results/b.xlsx"]', "difference": 0}
    with connect(made.warehouse_path) as con:
        rows = load(
            "inbox/results/a.xlsx", rows_dropped_notes=1, notes_at=["2024!row 12"], rows_hidden=0, reader="openpyxl"
        )
        append(con, "raw.load", loads(rows | {"landed_at": START, "rows_loaded": 4, "rows_held": 1, "cells_held": 0}))
        account = {"source": "results", "checked_at": START} | terms
        append(con, "raw.reconcile", pl.DataFrame([account], schema=RECONCILE))
    write_status(made)
    return made


def test_status__every_term_and_one_line_of_notes(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    """Should show each term of a source's account on one line, and how many notes wait, not the notes."""
    status(folder=workspace.root)
    shown = capsys.readouterr().out
    (head,) = [line for line in shown.splitlines() if line.startswith("source ")]
    assert head.split("  ")[0] == "source"
    terms = ("at source", "left out", "repeated", "landed", "loaded", "held", "superseded", "deleted", "unread files")
    assert [head.index(term) for term in terms] == sorted(head.index(term) for term in terms)
    (line,) = [line for line in shown.splitlines() if line.startswith("results")]
    assert line.split()[2:11] == ["9", "3", "1", "5", "4", "1", "0", "0", "1"]
    assert "1 notes on how files were read, of 1 sources: results 1 (`melflow status SOURCE`)." in shown
    assert "row 12" not in shown


def test_status__of_one_source(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    """Should tell the reasons, the files that were not read, and every note with its place and remedy."""
    status("results", folder=workspace.root)
    shown = " ".join(capsys.readouterr().out.split())
    assert "left out 3 of these: no rows of data, or left out 1 remarks 2 totals" in shown
    assert "unread files 1 could not be read: their rows are unknown inbox/results/b.xlsx" in shown
    assert (
        "1 rows were taken for remarks among or below the data, and left out. inbox/results/a.xlsx!2024!row 12" in shown
    )
    assert "If one of them is data, fill in its other columns." in shown
    assert "Read by openpyxl" in shown
    status("others", folder=workspace.root)
    assert "Nothing was noted" in capsys.readouterr().out


def test_status__as_json(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    """Should give programs all terms, reasons, files and notes of every source."""
    status(output="json", folder=workspace.root)
    others, results = json.loads(capsys.readouterr().out)["sources"]
    assert (others["source"], others["notes"], others["account"]["rows_at_source"]) == ("others", [], None)
    account = results["account"]
    left_out = account["rows_dropped"] + account["rows_duplicate"] + account["rows_landed"]
    assert account["rows_at_source"] == left_out == 9
    assert (account["dropped"], account["unread"]) == ({"notes": 1, "totals": 2}, ["inbox/results/b.xlsx"])
    assert [(one["what"], one["places"]) for one in results["notes"]] == [
        ("rows_dropped_notes", ["inbox/results/a.xlsx!2024!row 12"]),
        ("reader", ["inbox/results/a.xlsx"]),
    ]


def test_status__answers_that_are_lost(
    workspace: Workspace, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Should say in every status and after every run what answers are in no figure, with their ids and what to do."""
    rows = load("inbox/results/team.zip", rows_dropped_encrypted=2, encrypted=["uuid:s", "uuid:t"])
    monkeypatch.setattr(source_view, "read_status", lambda *_: loads(rows))
    source_view.print_count(workspace)
    shown = capsys.readouterr().out
    assert shown.startswith("inbox/results/team.zip: 2 submissions are encrypted: nobody can read their answers")
    assert "uuid:s, uuid:t. Download the form's data from Central again with its passphrase" in shown


def test_status__with_a_copy_of_another_version(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    """Should tell what an older copy has, say that it is one, and be whole again once a run has renewed it."""
    with connect(workspace.status_path) as con:
        for table in ("made_of", "finding", "corrected", "unresolved"):
            con.execute(f"drop table {table}")
        for column in ("load drop rows_split", "load drop notes", "reconcile drop dropped", "held drop native_id"):
            con.execute(f"alter table {column}")
    assert status(folder=workspace.root) == status("results", folder=workspace.root) == 0
    shown = capsys.readouterr().out
    (line,) = [line for line in shown.splitlines() if line.startswith("results  ")]
    assert line.split()[2:11] == ["9", "3", "1", "5", "4", "1", "0", "0", "1"]
    assert shown.count("The next run renews") == 2
    write_status(workspace)
    status(folder=workspace.root)
    shown = capsys.readouterr().out
    assert "The next run renews" not in shown and "1 notes on how files were read" in shown
