"""Files of the field through the door people use: ``melflow sources guess``, a small edit, an ordinary source.

What comes out is held cell by cell against what LibreOffice shows. ``docs/sources.md`` lists the files.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import TypeAdapter
from shown_cells import BOOKS, FIELD, HXL, OFFICE, same, shown_rows

from melflow.core.errors import SourceError
from melflow.core.workspace import SourceConfig
from melflow.sources import parse
from melflow.sources.cell_marks import column_number
from melflow.sources.guess import Given, guess
from melflow.sources.payload import COLUMNS, Origin, Parsed
from melflow.sources.xlsform import Instruments

pytestmark = pytest.mark.skipif(not FIELD.is_dir(), reason="MELFLOW_FIELD_DATA is not set")
Make = Callable[..., Origin]
Edit = dict[str, Any]
RESULTS: Edit = {"connector": "spreadsheet", "partner": "north", "period": "{sheet}"}
LOG: Edit = {"connector": "activity_log", "constants": {"kind": "data", "occurred_on": "2015-03-01"}}
TAGS = {"from_partner": "#org", "to_partner": "#country", "topic_id": "#sector", "from_person": "Registro"}
TEXTS = {"from_partner": "Organización", "to_partner": "País", "topic_id": "Sector/Cluster", "from_person": "Registro"}


def _source(origin: Make, path: Path, edit: Edit) -> Any:
    """Return the source that ``melflow sources guess`` proposes for a file, edited; what the edit names not, stays."""
    text = guess(origin(path.name), path.read_bytes(), Given(f"inbox/{path.name}"))
    proposed = yaml.safe_load(text)
    assert proposed["path"] == f"inbox/{path.name}" and re.search(r"header in row \d+", text)
    if edit["connector"] != proposed["connector"]:  # another connector: only what all have is left of the proposal
        proposed = {name: proposed[name] for name in ("title", "path")}
    return TypeAdapter(SourceConfig).validate_python({"name": "field"} | proposed | edit)


@pytest.fixture
def read(origin: Make, instruments: Instruments) -> Callable[[Path, Edit], Parsed]:
    def run(path: Path, edit: Edit) -> Parsed:
        return parse.parse(origin(f"inbox/{path.name}"), path.read_bytes(), _source(origin, path, edit), instruments)

    return run


def _results(*sheets: str, **columns: str) -> Edit:
    return RESULTS | {"sheets": list(sheets), "columns": columns}


CLIPPY = _results("two-row-header", indicator_id="name (at birth)", actual="weight (in grams)",
                  unit="species (office supply type)", disaggregation="death (date is approximate)")  # fmt: skip
DEATHS = _results("*", indicator_id="Name", actual="Age", unit="Profession", status="Has kids",
                  disaggregation="Date of birth", evidence_class="Date of death")  # fmt: skip
IRIS = _results("iris", indicator_id="Species", actual="Sepal.Length", target="Sepal.Width", baseline="Petal.Length",
                unit="Petal.Width")  # fmt: skip
CARS = _results("mtcars", indicator_id="cyl", actual="mpg", target="disp", baseline="hp", unit="drat", status="wt",
                disaggregation="qsec", evidence_class="carb")  # fmt: skip
QUAKES = _results("quakes", indicator_id="stations", actual="mag", baseline="depth", target="lat", unit="long")
VARS = _results("Sheet1", indicator_id="Var4", actual="Var3", target="Var2", status="Var1", unit="Var5",
                disaggregation="Var6", evidence_class="Var7")  # fmt: skip
WORDS = _results("Sheet 3", indicator_id="word", actual="value", unit="Date", status="bool", evidence_class="wordZ2")
NUMBERS = _results("Sheet2", indicator_id="v1", actual="v2", target="v3", baseline="v4", unit="v5", status="v6",
                   disaggregation="v7", evidence_class="v8")  # fmt: skip
INDUSTRY = _results("INDUSTRY MONTHLY", indicator_id="INDU.EU.TOT.COF.B.M", actual="INDU.EU.TOT.7.B.M",
                    target="INDU.EA.TOT.COF.B.M", baseline="INDU.BG.TOT.7.B.M")  # fmt: skip
WAYS: list[tuple[str, Edit, int]] = [
    *((f"readxl/clippy.{kind}", CLIPPY, 1) for kind in ("xls", "xlsx")),
    *((f"readxl/clippy.{kind}", _results("list-column", indicator_id="name", actual="value"), 4)
      for kind in ("xls", "xlsx")),
    *((f"readxl/deaths.{kind}", DEATHS, 22) for kind in ("xls", "xlsx")),
    *((f"readxl/datasets.{kind}", edit, n_rows) for kind in ("xls", "xlsx") for edit, n_rows in
      ((IRIS, 150), (CARS, 32), (_results("chickwts", indicator_id="feed", actual="weight"), 71), (QUAKES, 1000))),
    *((f"readxl/geometry.{kind}", _results("Sheet1", indicator_id="B3", actual="C3", target="D3"), 3)
      for kind in ("xls", "xlsx")),
    ("openxlsx/groupTest.xlsx", _results("Sheet1", indicator_id="ehvk39", actual="jnv9", target="j49f"), 2),
    ("openxlsx/inlineStr.xlsx", _results("Sheet1", indicator_id="this", actual="it"), 2),
    ("openxlsx/readTest.xlsx", VARS, 9),
    ("openxlsx/readTest.xlsx", NUMBERS, 22),
    ("openxlsx/readTest.xlsx", WORDS, 2083),
    ("openxlsx/readTest.xlsx", _results("Sheet 6", indicator_id="col 1", actual="col 2"), 3),
    ("openxlsx/read_failure_test.xlsx", INDUSTRY, 2),
    *((f"../hxl_files/test_io/input-{name}", LOG | {"columns": columns}, 4) for name, columns in (
        ("valid.xls", TAGS), ("valid.xlsx", TAGS), ("valid-xlsx.NOEXT", TAGS), ("quality.xls", TEXTS),
        ("quality.xlsx", TEXTS))),
]  # fmt: skip


@pytest.mark.skipif(OFFICE is None, reason="LibreOffice (soffice) is not installed")
@pytest.mark.parametrize(("name", "edit", "n_rows"), WAYS)
def test_source__as_libreoffice_shows_it(
    name: str, edit: Edit, n_rows: int, read: Callable[[Path, Edit], Parsed], shown: Path
) -> None:
    """Should bring each mapped cell as a person sees it, and lose no row without saying so."""
    path = (BOOKS / name).resolve()
    parsed = read(path, edit)
    (frame,) = parsed.frames.values()
    letters: dict[str, str] = parsed.notes[COLUMNS]  # type: ignore[assignment]  # one of a note's kinds
    noted = [place.rpartition("!") for place in parsed.notes["notes_at"]]  # type: ignore[union-attr]
    merged: list[str] = parsed.notes["merged_cells_filled_at"]  # type: ignore[assignment]  # one of a note's kinds
    assert frame.height + int(str(parsed.notes["duplicates"])) == n_rows
    assert len(noted) == parsed.notes["rows_dropped_notes"]
    for (sheet,), rows in frame.group_by("source_sheet"):
        theirs = shown_rows(shown, path, str(sheet))
        mapped = {key.rpartition("!")[2]: column_number(where) for key, where in letters.items()
                  if key.rpartition("!")[0] == sheet}  # fmt: skip
        assert set(edit["columns"]) <= set(mapped)
        for row in rows.iter_rows(named=True):
            line = theirs[row["source_row"] - 1]
            for meaning in edit["columns"]:
                ours, place = row.get(f"{meaning}_raw", row.get(meaning)), mapped[meaning]
                top = _merged_above(merged, str(sheet), row["source_row"], place)
                seen = line[place] if top is None else theirs[top[0] - 1][top[1]]
                assert same(ours, seen), (sheet, row["source_row"], meaning)
                if meaning in ("actual", "target", "baseline") and row[meaning] is not None:
                    assert same(str(row[meaning]), seen), (sheet, row["source_row"], meaning)
        first = rows["source_row"].min()
        filled = {number for number, line in enumerate(theirs, 1)
                  if number >= first and any(line[place : place + 1] != [""] for place in mapped.values())}  # fmt: skip
        told = {int(re.sub(r"\D", "", cell)) for where, _, cell in noted if where == sheet}
        gone = filled - set(rows["source_row"]) - told
        assert len(gone) <= int(str(parsed.notes["duplicates"])), sorted(gone)


def _merged_above(merged: list[str], sheet: str, row: int, column: int) -> tuple[int, int] | None:
    """Return the first cell of the merged ones that a cell is drawn in: its text is what a person sees there."""
    for place in merged:
        where, _, cells = place.rpartition("!")
        (left, top), (right, bottom) = re.findall(r"([A-Z]+)(\d+)", cells)
        in_columns = column_number(left) <= column <= column_number(right)
        if where == sheet and in_columns and int(top) <= row <= int(bottom):
            return int(top), column_number(left)
    return None


#: Text files of odd shapes: what is mapped, and what a person sees there.
TEXT_FILES: dict[str, tuple[dict[str, str], list[tuple[Any, ...]]]] = {
    "input-multiple-headers.csv": (
        {"indicator_id": "#adm1", "unit": "#org", "actual": "#affected"},
        [("Coast", "Org X", 100.0), ("Mountains", "Org Y", 200.0)],
    ),
    "input-multiline.csv": (
        {"indicator_id": "#description", "unit": "#description", "actual": "#description"},
        [("Line 1\nLine 2\nLine 3", "Line 1\nLine 2\nLine 3", None)],
    ),
    "../wide-tagging-test.csv": (
        {"indicator_id": "dispvshost", "unit": "sexhoh", "actual": "grp_fcs1_cernbr_fcs1_cer"}, [("IDPs", "Male", 2.0)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TEXT_FILES)
def test_source__text_files_of_odd_shapes(name: str, read: Callable[[Path, Edit], Parsed]) -> None:
    """Should read a file with junk above its tags, one with line breaks in cells, and one of two hundred columns."""
    columns, seen = TEXT_FILES[name]
    frame = read((HXL / name).resolve(), RESULTS | {"period": "2024", "columns": columns}).frames["src_result"]
    assert frame.select("indicator_id", "unit", "actual").rows() == seen


FOUR = [("ACNUR", "Panamá", "WASH"), ("OMS", "Colombia", "Salud"), ("UNICEF", "Colombia", "Educación"),
        ("OMS", "Venezuela", "WASH")]  # fmt: skip
KEYS = {"from_partner": "#org+es", "to_partner": "#country", "topic_id": "#sector+es"}
SAME_TABLE = {
    **dict.fromkeys((f"input-valid{end}" for end in (".csv", ".hxl", "-csv.zip", ".tsv", ".ssv", ".json")), TAGS),
    **dict.fromkeys(("input-valid-json.txt", "input-zip-invalid.zip"), TAGS),
    **dict.fromkeys((f"input-untagged{end}" for end in (".csv", ".json", "-csv.zip", "-objects.json")), TEXTS),
    **dict.fromkeys(("output-valid-objects.json", "input-valid-objects.json", "input-valid-nested.json"), KEYS),
    **dict.fromkeys(("output-valid.csv", "output-valid.json"), TAGS),
    "input-fuzzy.csv": TAGS | {"to_partner": "País"},
    "input-invalid.csv": TEXTS,
}
#: In the others the tag of dates stands beside the column of dates, which has none.
DATED = ("input-valid.csv", "input-valid.hxl", "input-valid-csv.zip", "output-valid.csv", *(
    name for name, columns in SAME_TABLE.items() if columns is KEYS))  # fmt: skip


@pytest.mark.parametrize("name", SAME_TABLE)
def test_source__the_same_table_in_every_container(name: str, read: Callable[[Path, Edit], Parsed]) -> None:
    """Should read one table alike out of text, JSON and zip archives, by a proposal and an edit."""
    edit = LOG | {"columns": SAME_TABLE[name]}
    if name in DATED:
        columns = SAME_TABLE[name] | {"occurred_on": "#date+reported"}
        edit |= {"columns": columns, "constants": {"kind": "data"}, "date_formats": ["%d %B %Y"]}
    frame = read(HXL / name, edit).frames["src_exchange"]
    found = frame.select("from_partner_raw", "to_partner_raw", "topic_id").rows()
    if name == "input-invalid.csv":  # its tags lack the #: a row like any other, whose partner nobody knows
        assert found.pop(0) == ("org+es", "country", "sector+es")
    assert found == (FOUR[:3] if name == "input-untagged-csv.zip" else FOUR)
    if name in DATED:
        assert frame["occurred_on"].to_list() == [date(2015, 3, 1), None, None, None]


def test_source__upper_row_of_two_alone(read: Callable[[Path, Edit], Parsed]) -> None:
    """Should hand the lower row of a header to the checks where only the upper one is mapped."""
    edit = _results("two-row-header", indicator_id="name", actual="weight")
    frame = read(BOOKS / "readxl" / "clippy.xlsx", edit).frames["src_result"]
    assert frame.select("indicator_id", "actual", "actual_raw").row(0) == ("(at birth)", None, "(in grams)")


@pytest.mark.parametrize("name", ["loadThreadComment", "namedRegions2"])
def test_source__one_column_is_no_table(name: str, read: Callable[[Path, Edit], Parsed]) -> None:
    """Should say of a workbook with one filled column which mapped columns it lacks."""
    with pytest.raises(SourceError, match="no 'Value'"):
        read(BOOKS / "openxlsx" / f"{name}.xlsx", _results("Sheet1", indicator_id="comment", actual="Value"))
