"""Workbooks and tables of real programs, cell by cell against a spreadsheet program; docs/sources.md lists them."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from shown_cells import BOOKS, FIELD, HXL, OFFICE, WORKBOOKS, same, shown_rows

from melflow.core.errors import SourceError
from melflow.core.names import PartnerNames
from melflow.core.workspace.source import SpreadsheetSource
from melflow.core.workspace.source_log import ActivityLogSource
from melflow.sources import activity_log, spreadsheet
from melflow.sources.cell_marks import ERROR, read_marks
from melflow.sources.payload import Context, Origin
from melflow.sources.tables import Sheet, Tables, read_tables

pytestmark = pytest.mark.skipif(not FIELD.is_dir(), reason="MELFLOW_FIELD_DATA is not set")
Make = Callable[..., Origin]


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


def _compare(ours: list[list[str | None]], theirs: list[list[Any]], where: str) -> None:
    assert len(theirs) <= len(ours) or not any(cell for row in theirs[len(ours) :] for cell in row), where
    for number, row in enumerate(ours):
        other = theirs[number] if number < len(theirs) else []
        for place in range(max(len(row), len(other))):
            mine = row[place] if place < len(row) else None
            its = other[place] if place < len(other) else None
            assert same(mine, its), (where, number + 1, place)


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


@pytest.mark.skipif(OFFICE is None, reason="LibreOffice (soffice) is not installed")
@pytest.mark.parametrize("path", WORKBOOKS, ids=lambda path: path.name)
def test_tables__as_libreoffice_shows_them(path: Path, shown: Path) -> None:
    """Should give the values that a person sees in LibreOffice, sheet by sheet, cell by cell."""
    tables = _opened(path)
    for sheet in tables.sheets:
        theirs: list[list[Any]] = [[*row] for row in shown_rows(shown, path, sheet.name)]
        _compare(_cells(tables, sheet), theirs, f"{path.name}!{sheet.name}")


TAGS = {"from_partner": "#org", "to_partner": "#country", "topic_id": "#sector", "occurred_on": "#date+reported"}


def _log(origin: Origin, content: bytes, columns: dict[str, str]) -> Any:
    constants = {"kind": "data"} | ({} if "occurred_on" in columns else {"occurred_on": "2015-03-01"})
    source = ActivityLogSource(
        name="hxl", title="x", path="x", connector="activity_log", columns=columns, constants=constants,
        date_formats=("%d %B %Y",),
    )  # fmt: skip
    return activity_log.parse(origin, content, source, Context(PartnerNames({}, [])))


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
