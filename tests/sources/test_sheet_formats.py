"""The same workbook in every format gives the same figures, with what texts do not show."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from shutil import which

import pytest
from sheet_files import SHEETS, book, with_values, xlsb

from melflow.core.names import PartnerNames
from melflow.core.workspace.source import SpreadsheetSource
from melflow.core.workspace.source_log import ActivityLogSource
from melflow.sources import activity_log, spreadsheet
from melflow.sources.payload import Context, Origin, Parsed

Make = Callable[..., Origin]
OFFICE = which("soffice") or which("libreoffice")
FILES: dict[str, Callable[[], bytes]] = {
    "xlsx": lambda: with_values(book()),
    "xlsx_1904": lambda: with_values(book(from_1904=True)),
    "xlsb": xlsb,
    **{
        f"{kind}_{year}": (SHEETS / f"results_{year}.{kind}").read_bytes
        for kind in ("xls", "ods")
        for year in (1900, 1904)
    },
}
#: indicator, target, target as it came, actual, actual as it came, cell, is a formula
EXPECTED = [
    ("IND-1", 10.0, "10", 7.25, "7.25", "2024!E4", False),
    ("IND-2", 1.0, "1", 0.45, "0.45", "2024!E5", False),
    ("IND-3", 1234.0, "1.234", 1.234, "1.234", "2024!E6", False),
    ("IND-4", 5.0, "5", 20.0, "20", "2024!E7", True),
    ("IND-5", 5.0, "5", None, "#DIV/0!", "2024!E8", True),
    ("IND-6", None, "#N/A", pytest.approx(1 / 3, abs=1e-14), "0.333333333", "2024!E9", False),
]


def _results(origin: Make, content: bytes, **changes: object) -> Parsed:
    source = SpreadsheetSource(
        name="results",
        title="Results",
        path="inbox/*",
        connector="spreadsheet",
        sheets=("20*",),
        columns={"indicator_id": "Indicator", "partner": "Organisation", "target": "Target", "actual": "Actual"},
        period="{sheet}",
        decimal=",",
        totals=("Total",),
    )
    return spreadsheet.parse(origin("inbox/results"), content, source.model_copy(update=changes))


@pytest.mark.parametrize("name", FILES)
def test_spreadsheet__same_figures_in_every_format(name: str, origin: Make) -> None:
    """Should read numbers as stored, texts by the decimal sign, errors as nothing, and say what was hidden."""
    parsed = _results(origin, FILES[name]())
    frame = parsed.frames["src_result"]
    columns = ("indicator_id", "target", "target_raw", "actual", "actual_raw", "cell_ref", "formula_flag")
    assert frame.filter(source_sheet="2024").select(columns).rows() == EXPECTED
    assert frame.filter(source_sheet="2025").select("actual", "cell_ref").rows() == [(9.0, "2025!D2")]
    shown = frame.filter(cell_ref="2024!E5")["number_format"].item()
    assert shown == ("0%" if "ods" in name else "0.0%")
    assert frame.filter(cell_ref="2024!E4")["number_format"].item() is None
    expected = {
        "sheets_hidden": ["2025"],
        "rows_hidden": 1,
        "rows_read": 9,
        "rows_dropped_totals": 1,
        "rows_dropped_notes": 1,
        "rows_dropped_hidden": 0,
        "formulas": 3,
        "error_cells": 2,
        "error_cells_at": ["2024!E8", "2024!D9"],
        "formulas_without_value": 0,
    }
    assert parsed.notes | expected == parsed.notes


@pytest.mark.parametrize("name", FILES)
def test_spreadsheet__hidden_sheets_and_rows_can_be_skipped(name: str, origin: Make) -> None:
    """Should leave out hidden sheets and rows where the source says so, and count them."""
    parsed = _results(origin, FILES[name](), hidden="skip")
    frame = parsed.frames["src_result"]
    assert frame["source_sheet"].unique().to_list() == ["2024"] and "IND-3" not in frame["indicator_id"]
    assert parsed.notes["rows_dropped_hidden"] == 1 and "2025" in list(parsed.notes["sheets_skipped"])  # type: ignore[arg-type]


def test_spreadsheet__formulas_without_a_value_are_named(origin: Make) -> None:
    """Should hold a formula that was saved without its value: it would pass for a figure not reported yet."""
    parsed = _results(origin, book())
    frame = parsed.frames["src_result"].filter(source_sheet="2024")
    assert parsed.notes["formulas_without_value_at"] == ["2024!E7", "2024!E8", "2024!D9"]
    row = frame.filter(indicator_id="IND-4").row(0, named=True)
    assert row["actual"] is None and row["actual_raw"] == "a formula without a stored value"


@pytest.mark.parametrize("name", [name for name in FILES if name != "xlsb"])
def test_activity_log__dates_of_both_epochs(name: str, origin: Make) -> None:
    """Should read date cells, texts in the declared format and bare day numbers, whichever year they count from."""
    source = ActivityLogSource(
        name="visits",
        title="Visits",
        path="inbox/*",
        connector="activity_log",
        columns={"occurred_on": "Fecha", "from_partner": "Da", "to_partner": "Recibe", "kind": "Tipo"},
        date_formats=("%d/%m/%Y",),
    )
    parsed = activity_log.parse(origin("inbox/log"), FILES[name](), source, Context(PartnerNames({}, [])))
    days = [str(day) for day in parsed.frames["src_exchange"].sort("source_row")["occurred_on"]]
    assert days == ["2024-01-02", "2024-02-29", "2023-12-31", "2024-03-01"]


@pytest.mark.skipif(OFFICE is None, reason="LibreOffice (soffice) is not installed")
@pytest.mark.parametrize("kind", ["xls", "ods", "xlsx", "csv"])
def test_spreadsheet__as_libreoffice_saves_it_today(kind: str, origin: Make, tmp_path: Path) -> None:
    """Should read what the LibreOffice of this machine makes of the workbook."""
    (tmp_path / "book.xlsx").write_bytes(book())
    command = [str(OFFICE), "--headless", "--convert-to", kind, "--outdir", str(tmp_path / "out"), "book.xlsx"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=120)
    changes = {"period": "2024", "decimal": "."} if kind == "csv" else {}
    frame = _results(origin, (tmp_path / "out" / f"book.{kind}").read_bytes(), **changes).frames["src_result"]
    actual = frame.head(4)["actual"].to_list()
    assert actual == ([7.25, 0.45, 1.234, 20.0]) and frame["actual_raw"][4] == "#DIV/0!"
