"""Workbooks and tables of real programs, cell by cell against a spreadsheet program; docs/sources.md lists them."""

import csv
import os
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from shutil import which
from typing import Any

import openpyxl
import pytest

from melflow.core.errors import SourceError
from melflow.core.names import PartnerNames
from melflow.core.workspace.source import SpreadsheetSource
from melflow.core.workspace.source_log import ActivityLogSource
from melflow.sources import activity_log, spreadsheet
from melflow.sources.cell_marks import ERROR, read_marks
from melflow.sources.payload import Context, Origin
from melflow.sources.tables import Sheet, Tables, read_tables

FIELD = Path(os.environ.get("MELFLOW_FIELD_DATA", "nowhere"))
pytestmark = pytest.mark.skipif(not FIELD.is_dir(), reason="MELFLOW_FIELD_DATA is not set")
HXL, BOOKS = FIELD / "hxl_files" / "test_io", FIELD / "xlsx_readxl_openxlsx"
OFFICE = which("soffice") or which("libreoffice")
Make = Callable[..., Origin]
READXL = ("clippy", "datasets", "deaths", "geometry")
OPENXLSX = ("groupTest", "inlineStr", "loadThreadComment", "namedRegions2", "readTest", "read_failure_test")
TAGGED_BOOKS = ("quality.xls", "quality.xlsx", "valid.xls", "valid.xlsx", "valid-xlsx.NOEXT")
WORKBOOKS = [
    *(BOOKS / "readxl" / f"{name}.{kind}" for name in READXL for kind in ("xls", "xlsx")),
    *(BOOKS / "openxlsx" / f"{name}.xlsx" for name in OPENXLSX),
    *(HXL / f"input-{name}" for name in TAGGED_BOOKS),
]


def _opened(path: Path) -> Tables:
    return read_tables(Origin("s", path.name, "s-1", datetime.now(UTC)), path.read_bytes())


def _cells(tables: Tables, sheet: Sheet) -> list[list[str | None]]:
    """Return the texts of a sheet, and what errors show."""
    texts = [list(row) for row in sheet.cells.rows()]
    assert tables.book is not None
    marks = read_marks(tables.book, sheet.name, range(sheet.cells.width))
    for row, column, error in marks.cells.filter(kind=ERROR).select("row", "column", "error").iter_rows():
        texts[row - 1][column] = error
    return texts


def _same(ours: str | None, theirs: Any) -> bool:
    """Return whether a text of ours is what a program shows; numbers, days and truths may be written differently."""
    if not ours or theirs in (None, ""):
        return not ours and theirs in (None, "")
    if isinstance(theirs, datetime):
        return ours == theirs.isoformat(" ")
    if isinstance(theirs, bool) or theirs in ("TRUE", "FALSE"):
        return ours == str(theirs).lower() or ours == theirs
    if ours in ("true", "false") and theirs in ("0", "1"):  # LibreOffice exports truths of XLS as numbers
        return (ours == "true") == (theirs == "1")
    try:
        return abs(float(ours) - float(theirs)) < 1e-8
    except ValueError:
        pass
    try:
        return ours[:10] == datetime.strptime(str(theirs)[:10], "%m/%d/%Y").date().isoformat()
    except ValueError:
        return ours.strip() == str(theirs).strip()


def _compare(ours: list[list[str | None]], theirs: list[list[Any]], where: str) -> None:
    assert len(theirs) <= len(ours) or not any(cell for row in theirs[len(ours) :] for cell in row), where
    for number, row in enumerate(ours):
        other = theirs[number] if number < len(theirs) else []
        for place in range(max(len(row), len(other))):
            mine = row[place] if place < len(row) else None
            its = other[place] if place < len(other) else None
            assert _same(mine, its), (where, number + 1, place)


@pytest.mark.parametrize("path", [path for path in WORKBOOKS if path.suffix != ".xls"], ids=lambda path: path.name)
def test_tables__as_openpyxl_reads_them(path: Path) -> None:
    """Should give the values that a second reader finds in the same cells."""
    if path.name == "datasets.xlsx":
        pytest.skip("openpyxl itself reads the sheet that calamine cannot; LibreOffice and the XLS judge this one")
    with path.open("rb") as file:
        book = openpyxl.load_workbook(file, data_only=True)
        tables = _opened(path)
        assert [sheet.name for sheet in tables.sheets] == book.sheetnames
        for sheet in tables.sheets:
            theirs = [list(row) for row in book[sheet.name].iter_rows(min_row=1, min_col=1, values_only=True)]
            _compare(_cells(tables, sheet), theirs, f"{path.name}!{sheet.name}")


@pytest.mark.parametrize("name", ["readxl/clippy", "readxl/datasets", "readxl/deaths", "readxl/geometry"])
def test_tables__old_and_new_workbooks_agree(name: str) -> None:
    """Should find the same cells in the XLS and the XLSX of one workbook, whoever reads them."""
    old, new = (_opened(BOOKS / f"{name}.{kind}") for kind in ("xls", "xlsx"))
    for one, other in zip(old.sheets, new.sheets, strict=True):
        _compare(_cells(old, one), _cells(new, other), f"{name}!{one.name}")
    assert new.reader == ("calamine and openpyxl" if "datasets" in name else "calamine")


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a CSV file for every sheet of every workbook, by LibreOffice, started once."""
    folder = tmp_path_factory.mktemp("shown")
    for number, path in enumerate(WORKBOOKS):
        kind = ".xls" if path.suffix == ".xls" else ".xlsx"
        (folder / f"book{number}{kind}").write_bytes(path.read_bytes())
    every_sheet = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,-1"
    books = sorted(str(path) for path in folder.iterdir())
    command = [str(OFFICE), "--headless", "--convert-to", every_sheet, "--outdir", str(folder), *books]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return folder


@pytest.mark.skipif(OFFICE is None, reason="LibreOffice (soffice) is not installed")
@pytest.mark.parametrize("path", WORKBOOKS, ids=lambda path: path.name)
def test_tables__as_libreoffice_shows_them(path: Path, shown: Path) -> None:
    """Should give the values that a person sees in LibreOffice, sheet by sheet, cell by cell."""
    tables = _opened(path)
    for sheet in tables.sheets:
        name = shown / f"book{WORKBOOKS.index(path)}-{sheet.name}.csv"
        with name.open(encoding="utf-8", newline="") as file:
            theirs = [list(row) for row in csv.reader(file)]
        _compare(_cells(tables, sheet), theirs, f"{path.name}!{sheet.name}")


@pytest.mark.parametrize(
    ("name", "columns", "n_rows", "first"),
    [
        ("clippy", {"indicator_id": "name", "actual": "weight"}, None, None),
        ("clippy", {"indicator_id": "name (at birth)", "actual": "weight (in grams)"}, 1, 0.9),
        ("datasets", {"indicator_id": "Species", "actual": "Sepal.Length"}, 150, 5.1),
        ("datasets", {"indicator_id": "stations", "actual": "mag"}, 1000, 4.8),
        ("deaths", {"indicator_id": "Name", "actual": "Age"}, 20, 69.0),
    ],
)
@pytest.mark.parametrize("kind", ["xls", "xlsx"])
def test_spreadsheet__readxl(
    name: str, kind: str, columns: dict[str, str], n_rows: int | None, first: float | None, origin: Make
) -> None:
    """Should read the tables of readxl through an ordinary source, two-row headers and titles included."""
    source = SpreadsheetSource(
        name="field",
        title="x",
        path="x",
        connector="spreadsheet",
        partner="north",
        columns=columns,
        period="{sheet}",
        sheets=("two-row-header",) if name == "clippy" else ("*",),
    )
    parsed = spreadsheet.parse(origin(f"inbox/{name}.{kind}"), (BOOKS / f"readxl/{name}.{kind}").read_bytes(), source)
    frame = parsed.frames["src_result"]
    if n_rows is None:  # mapped by the upper row alone, the lower one is a row of texts, and the checks hold it
        assert frame.select("indicator_id", "actual", "actual_raw").rows()[0] == ("(at birth)", None, "(in grams)")
    else:
        assert (frame.height + int(str(parsed.notes["duplicates"])), frame["actual"][0]) == (n_rows, first)


TAGS = {"from_partner": "#org", "to_partner": "#country", "topic_id": "#sector", "occurred_on": "#date+reported"}
TEXTS = {"from_partner": "Organización", "to_partner": "País", "topic_id": "Sector/Cluster", "from_person": "Registro"}
FOUR = [
    ("ACNUR", "Panamá", "WASH"),
    ("OMS", "Colombia", "Salud"),
    ("UNICEF", "Colombia", "Educación"),
    ("OMS", "Venezuela", "WASH"),
]
KEYS = {"from_partner": "#org+es", "to_partner": "#country", "topic_id": "#sector+es", "occurred_on": "#date+reported"}
WITHOUT_DATE = {meaning: tag for meaning, tag in TAGS.items() if meaning != "occurred_on"}


def _log(origin: Origin, content: bytes, columns: dict[str, str]) -> Any:
    constants = {"kind": "data"} | ({} if "occurred_on" in columns else {"occurred_on": "2015-03-01"})
    source = ActivityLogSource(
        name="hxl", title="x", path="x", connector="activity_log", columns=columns, constants=constants,
        date_formats=("%d %B %Y",),
    )  # fmt: skip
    return activity_log.parse(origin, content, source, Context(PartnerNames({}, [])))


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        *((f"input-valid{end}", TAGS) for end in (".csv", ".hxl", "-csv.zip")),
        # in these the tag of dates stands beside the column of dates, which has none: only rows of texts tell
        *((f"input-valid{end}", WITHOUT_DATE) for end in (".tsv", ".ssv", ".json", "-json.txt")),
        *((f"input-valid{end}", WITHOUT_DATE) for end in (".xls", ".xlsx", "-xlsx.NOEXT")),
        *((f"input-valid-{kind}.json", KEYS) for kind in ("objects", "nested")),
        ("output-valid-objects.json", KEYS),
        *((f"input-untagged{end}", TEXTS) for end in (".csv", ".json", "-csv.zip", "-objects.json")),
        ("output-valid.csv", TAGS),
        ("output-valid.json", WITHOUT_DATE),
        ("input-zip-invalid.zip", WITHOUT_DATE),
        ("input-fuzzy.csv", WITHOUT_DATE | {"to_partner": "País"}),
        ("input-invalid.csv", TEXTS),
        ("input-quality.xls", TEXTS),
        ("input-quality.xlsx", TEXTS),
    ],
)  # fmt: skip
def test_activity_log__hxl(name: str, columns: dict[str, str], origin: Make) -> None:
    """Should read the four rows of each container, by tags or by texts, and never a row of tags."""
    rows = _log(origin(f"inbox/{name}"), (HXL / name).read_bytes(), columns).frames["src_exchange"]
    found = rows.select("from_partner_raw", "to_partner_raw", "topic_id").rows()
    if name == "input-invalid.csv":  # its tags lack the #: a row like any other, whose partner nobody knows
        assert found.pop(0) == ("org+es", "country", "sector+es")
    if "quality" in name:
        assert [one[2] for one in found] == [one[2] for one in FOUR]
    else:
        assert found == (FOUR[:3] if name == "input-untagged-csv.zip" else FOUR)
    if "occurred_on" in columns:
        assert [str(day) for day in rows["occurred_on"]] == ["2015-03-01", "None", "None", "None"]


def test_tables__hxl_of_other_shapes() -> None:
    """Should find header and tags of the odd ones: junk above, line breaks in cells, two hundred columns."""
    junk = _opened(HXL / "input-multiple-headers.csv").sheets[0]
    assert junk.row(3) == ["#org", None, "#adm1", "#affected"] and junk.below(3).height == 2
    assert _opened(HXL / "input-multiline.csv").sheets[0].cells.rows()[1] == ("Line 1\nLine 2\nLine 3",)
    assert _opened(FIELD / "hxl_files" / "wide-tagging-test.csv").sheets[0].cells.shape == (2, 192)


@pytest.mark.parametrize(
    ("name", "columns", "words"),
    [
        ("input-fuzzy.csv", {"to_partner": "#targeted+f"}, "above the columns E, F"),
        ("input-valid-json-selector.json", {}, "2 lists"),
        ("input-multiline.csv", {}, "no '#org'"),
        ("../test_validation/truthy-schema.json", {}, "no '#org'"),
    ],
)
def test_activity_log__hxl_refused(name: str, columns: dict[str, str], words: str, origin: Make) -> None:
    """Should say what a file lacks, or has twice."""
    with pytest.raises(SourceError, match=words):
        _log(origin(f"inbox/{name}"), (HXL / name).read_bytes(), TAGS | columns)


def test_field_files__all_are_in_the_documentation() -> None:
    """Should say of every file of the two folders how it is read, or why not."""
    told = (Path(__file__).resolve().parents[2] / "docs" / "sources.md").read_text(encoding="utf-8")
    files = [path.name for folder in (BOOKS, FIELD / "hxl_files") for path in folder.rglob("*") if path.is_file()]
    assert [name for name in files if name != "SOURCE.txt" and f"`{name}`" not in told] == []


def test_spreadsheet__titles_above_and_notes_below(origin: Make) -> None:
    """Should find the header of a workbook with chatter around its table, and the cells people see."""
    source = SpreadsheetSource(
        name="field",
        title="x",
        path="x",
        connector="spreadsheet",
        partner=None,
        columns={"indicator_id": "Name", "partner": "Profession", "actual": "Age"},
        period="{sheet}",
    )
    parsed = spreadsheet.parse(origin(), (BOOKS / "readxl" / "deaths.xlsx").read_bytes(), source)
    frame = parsed.frames["src_result"]
    assert (
        parsed.notes["sheets_read"] == ["arts", "other"]
        and frame.height == 20
        and parsed.notes["rows_dropped_notes"] > 0
    )
    assert frame.row(0, named=True)["indicator_id"] == "David Bowie"
    book = openpyxl.load_workbook(BOOKS / "readxl" / "deaths.xlsx", data_only=True)
    for reference, actual in frame.select("cell_ref", "actual").iter_rows():
        sheet, cell = reference.split("!")
        assert book[sheet][cell].value == actual


def test_spreadsheet__old_workbook(origin: Make) -> None:
    """Should read the same figures from an XLS file."""
    source = SpreadsheetSource(
        name="field",
        title="x",
        path="x",
        connector="spreadsheet",
        partner="north",
        columns={"indicator_id": "Name", "actual": "Age"},
        period="{sheet}",
    )
    folder = BOOKS / "readxl"
    old, new = (
        spreadsheet.parse(origin(), (folder / f"deaths.{kind}").read_bytes(), source).frames["src_result"]
        for kind in ("xls", "xlsx")
    )
    assert old["actual"].to_list() == new["actual"].to_list() and old["formula_flag"].equals(new["formula_flag"])
