"""A form that measures nothing, and one in two versions, the whole way into the raw tables."""

from pathlib import Path

import openpyxl
import pytest

from melflow.core.warehouse import connect
from melflow.core.workspace import load_workspace
from melflow.flows.cli import run
from melflow.flows.form_judgements import judgements
from melflow.flows.intake import take_in
from melflow.flows.reference import write_reference
from melflow.flows.tables import prepare
from melflow.sources.xlsform import read_instruments

SURVEY = [
    ["type", "name", "label", "required"],
    ["select_one yn", "went", "Did you go?", "yes"],
    ["integer", "days", "How many days?", ""],
]
CHOICES = [["list_name", "name", "label"], ["yn", "yes", "Yes"], ["yn", "no", "No"]]
SOURCE = "connector: kobo\ntitle: Trips\npath: inbox/trips/*.csv\ninstrument: trips\npartner: north\n"
EXPORT = """went,days,__version__,_id,_uuid,_submission_time
yes,3,1,1,u1,2026-02-01T10:00:00
perhaps,4,1,2,u2,2026-02-02T10:00:00
no,many,2,3,u3,2026-02-03T10:00:00
"""


def _form(path: Path, version: str, survey: list[list[str]]) -> None:
    book = openpyxl.Workbook()
    book.remove(book.active)
    sheets = {"survey": survey, "choices": CHOICES, "settings": [["form_id", "version"], ["trips", version]]}
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "w"
    assert run(["init", str(folder)]) == 0
    with (folder / "partners.csv").open("a") as registry:
        registry.write("north,North Town,municipality,PE,2020-01-01,,,\n")
    (folder / "instruments").mkdir(exist_ok=True)
    _form(folder / "instruments" / "trips.v1.xlsx", "1", SURVEY)
    _form(folder / "instruments" / "trips.xlsx", "2", [*SURVEY, ["text", "place", "Where?", ""]])
    (folder / "sources").mkdir(exist_ok=True)
    (folder / "sources" / "trips.yml").write_text(SOURCE)
    (folder / "inbox" / "trips").mkdir(parents=True)
    (folder / "inbox" / "trips" / "a.csv").write_text(EXPORT)
    return folder


@pytest.mark.slow
def test_form__without_mel_columns_the_whole_way(workspace: Path) -> None:
    """Should load and check a form that measures nothing, hold what is wrong, and have no question with a measure."""
    opened = load_workspace(workspace)
    instruments = read_instruments(opened.root / "instruments", opened.framework)
    prepare(opened.warehouse_path)
    intake = take_in(opened, "trips", instruments)
    assert not intake.failures and intake.counts.rows_loaded == 3 and intake.counts.cells_held == 2
    write_reference(opened, instruments)
    with connect(opened.warehouse_path) as con:
        held = con.execute("select split_part(rule_id, ':', 1) from raw.held order by 1").fetchall()
        assert held == [("choice",), ("type",)]
        loaded = (
            "select form_version, item_id, value_raw from raw.src_response where value_raw is not null order by all"
        )
        assert con.execute(loaded).fetchall() == [
            ("1", "days", "3"),
            ("1", "days", "4"),
            ("1", "went", "yes"),
            ("2", "went", "no"),
        ]
        assert con.execute("select count(*) from raw.src_item where capability is not null").fetchone() == (0,)
        changed = "select item_id, decision from raw.src_item_alignment where form_version = '2' order by all"
        assert con.execute(changed).fetchall() == [("days", "same"), ("place", "new series"), ("went", "same")]


def test_check__tells_versions_and_the_judges_word(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Should list what later versions changed, tell mistakes of old versions, and refuse those of the newest."""
    assert run(["-C", str(workspace), "check"]) == 0
    said = capsys.readouterr().out
    assert "trips, version 2: place starts a new series: first asked in this version" in said
    _form(workspace / "instruments" / "trips.v1.xlsx", "1", [*SURVEY, ["text", "a b", "?", ""]])
    assert run(["-C", str(workspace), "check"]) == 0
    assert "instruments/trips.v1.xlsx!survey!row 4" in capsys.readouterr().out.replace("\n", "")
    _form(workspace / "instruments" / "trips.xlsx", "2", [*SURVEY, ["text", "a b", "?", ""]])
    assert run(["-C", str(workspace), "check"]) != 0
    assert "instruments/trips.xlsx!survey!row 4" in capsys.readouterr().err


def test_judgements__asked_once_for_each_form(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should keep the judge's word under var/forms until the form changes."""
    opened = load_workspace(workspace)
    instruments = read_instruments(opened.root / "instruments", opened.framework)
    assert [is_new for _, _, is_new in judgements(opened, instruments)] == [True, True]
    assert [is_new for _, _, is_new in judgements(opened, instruments)] == [False, False]
    _form(workspace / "instruments" / "trips.xlsx", "2", SURVEY)
    instruments = read_instruments(opened.root / "instruments", opened.framework)
    assert sorted(is_new for _, _, is_new in judgements(opened, instruments)) == [False, True]
