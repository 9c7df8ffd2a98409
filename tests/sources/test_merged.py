"""Merged cells below the header, and columns that are hidden."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable

import openpyxl
import pytest

from melflow.core.workspace.source import RegisterSource, SpreadsheetSource
from melflow.sources import marks_xls, marks_xlsb, register, spreadsheet
from melflow.sources.payload import COLUMNS, Origin
from melflow.sources.workbook import Workbook

Make = Callable[..., Origin]
HEADER = ["Indicator", "Detail", "Organisation", "Semester", "Baseline", "Target", "Actual"]
ROWS = [
    ["Results of the year"],
    HEADER,
    ["Outcome 1"],
    ["IND-1", None, "North", 1, 0, 10, 7],
    ["IND-2", None, None, None, 0, 12, 9],
    [None, None, None, None, None, None, None],
    ["IND-3", "d", "South", 1, 5, None, None],
    ["Note: provisional"],
]
MERGED = ("A1:G1", "A3:G3", "A4:B4", "C4:C6", "D4:D5", "F7:G7", "A8:G8")
TABLE = "urn:oasis:names:tc:opendocument:xmlns:table:1.0"
OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
TEXT = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"


def _xlsx() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "2024"
    for row in ROWS:
        sheet.append(row)
    sheet["F7"] = 0.5
    sheet["F7"].number_format = "0%"
    for place in MERGED:
        sheet.merge_cells(place)
    sheet.column_dimensions["C"].hidden = True
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _with_prefix(content: bytes) -> bytes:
    """Return the workbook as writers make it that put a prefix before every element."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as archive, zipfile.ZipFile(out, "w") as copy:
        for name in archive.namelist():
            xml = archive.read(name).decode()
            if name.startswith("xl/worksheets/"):
                for tag in ("worksheet", "sheetData", "row", "c", "v", "cols", "col", "mergeCells", "mergeCell"):
                    xml = xml.replace(f"<{tag} ", f"<x:{tag} ").replace(f"<{tag}>", f"<x:{tag}>")
                    xml = xml.replace(f"</{tag}>", f"</x:{tag}>")
                xml = xml.replace("<x:worksheet xmlns=", "<x:worksheet xmlns:x=", 1)
            copy.writestr(name, xml)
    return out.getvalue()


def _ods() -> bytes:
    covered = '<table:covered-table-cell table:number-columns-repeated="{}"/>'

    def cell(value: object, down: int = 1, right: int = 1) -> str:
        span = f' table:number-columns-spanned="{right}" table:number-rows-spanned="{down}"' * (down * right > 1)
        if value is None:
            return f"<table:table-cell{span}/>"
        if isinstance(value, str):
            return f'<table:table-cell office:value-type="string"{span}><text:p>{value}</text:p></table:table-cell>'
        kind = "percentage" if isinstance(value, float) else "float"
        return (
            f'<table:table-cell office:value-type="{kind}" office:value="{value}"{span}><text:p>{value}</text:p>'
            f"</table:table-cell>"
        )

    rows = [
        cell(ROWS[0][0], 1, 7) + covered.format(6),
        "".join(map(cell, HEADER)),
        cell(ROWS[2][0], 1, 7) + covered.format(6),
        cell("IND-1", 1, 2) + covered.format(1) + cell("North", 3) + cell(1, 2) + cell(0) + cell(10) + cell(7),
        cell("IND-2") + cell(None) + covered.format(2) + cell(0) + cell(12) + cell(9),
        cell(None) * 2 + covered.format(1) + cell(None) * 4,
        cell("IND-3") + cell("d") + cell("South") + cell(1) + cell(5) + cell(0.5, 1, 2) + covered.format(1),
        cell(ROWS[7][0], 1, 7) + covered.format(6),
    ]
    columns = (
        '<table:table-column table:number-columns-repeated="2"/><table:table-column table:visibility="collapse"/>'
        '<table:table-column table:number-columns-repeated="4"/>'
    )
    xml = (
        f'<office:document-content xmlns:office="{OFFICE}" xmlns:table="{TABLE}" xmlns:text="{TEXT}"><office:body>'
        f'<office:spreadsheet><table:table table:name="2024">{columns}'
        + "".join(f"<table:table-row>{row}</table:table-row>" for row in rows)
        + "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("content.xml", xml)
    return out.getvalue()


@pytest.mark.parametrize("make", [_xlsx, lambda: _with_prefix(_xlsx()), _ods], ids=["xlsx", "prefixed", "ods"])
def test_spreadsheet__merged_cells(make: Callable[[], bytes], origin: Make, results_source: SpreadsheetSource) -> None:
    """Should give each row what is drawn over it, number and format too, and leave headings and blank rows alone."""
    source = results_source.model_copy(update={"columns": dict(results_source.columns) | {"disaggregation": "Detail"}})
    parsed = spreadsheet.parse(origin("inbox/r.xlsx", "results"), make(), source)
    found = parsed.frames["src_result"].select("indicator_id", "disaggregation", "partner_raw", "target", "actual")
    assert found.rows() == [
        ("IND-1", "IND-1", "North", 10.0, 7.0),
        ("IND-2", None, "North", 12.0, 9.0),
        ("IND-3", "d", "South", 0.5, 0.5),
    ]
    assert parsed.frames["src_result"]["number_format"].to_list() == [None, None, "0%"]
    assert parsed.frames["src_result"]["period_raw"].to_list() == ["2024-H1"] * 3
    assert parsed.notes["merged_cells_filled"] == 4
    assert parsed.notes["merged_cells_filled_at"] == ["2024!A4:B4", "2024!C4:C6", "2024!D4:D5", "2024!F7:G7"]
    assert parsed.notes["columns_hidden"] == ["2024!C"]
    columns = parsed.notes[COLUMNS]
    assert isinstance(columns, dict)
    assert [columns[f"2024!{name}"] for name in ("partner", "actual", "period")] == ["C", "G", "D"]


def test_register__merged_partner(origin: Make) -> None:
    """Should fill a partner over three lines of a register as well."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["id", "who", "role", "since"], [1, "north", "lead", "2025-01-01"], [2, None, "active", "2025-01-01"],
                [3, None, "access", "2025-01-01"]):  # fmt: skip
        sheet.append(row)
    sheet.merge_cells("B2:B4")
    out = io.BytesIO()
    book.save(out)
    columns = {"role_id": "id", "partner": "who", "role": "role", "valid_from": "since"}
    source = RegisterSource.model_validate(
        {"name": "roles", "title": "R", "path": "x", "connector": "register", "records": "roles", "columns": columns}
    )
    frame = register.parse(origin("inbox/r.xlsx", "roles"), out.getvalue(), source).frames["src_role"]
    assert frame["partner_raw"].to_list() == ["north"] * 3


def test_marks__binary_workbooks() -> None:
    """Should find merged cells and hidden columns in the records of XLS and of XLSB."""
    records = [
        (0x809, b""), (0x7D, struct.pack("<6H", 2, 3, 0, 0, 1, 0)), (0x7D, struct.pack("<6H", 4, 4, 0, 0, 0, 0)),
        (0xE5, struct.pack("<9H", 2, 3, 5, 2, 2, 0, 0, 1, 2)), (0x0A, b""),
    ]  # fmt: skip
    stream = b"".join(struct.pack("<HH", kind, len(data)) + data for kind, data in records)
    old = marks_xls._sheet(stream, 0, frozenset(), [], from_1904=False)
    part = b"\xb0\x01\x10" + struct.pack("<4I", 3, 5, 2, 2) + b"\xb0\x01\x10" + struct.pack("<4I", 0, 0, 1, 2)
    part += b"\x3c\x12" + struct.pack("<4IH", 2, 3, 0, 0, 1)
    names = struct.pack("<II", 0, 1) + b"".join(struct.pack("<I", len(one)) + one.encode("utf-16-le") for one in "rs")
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="r" Target="worksheets/s.bin"/></Relationships>'
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("xl/workbook.bin", b"\x9c\x01" + bytes([len(names)]) + names)
        archive.writestr("xl/_rels/workbook.bin.rels", relations)
        archive.writestr("xl/worksheets/s.bin", part)
    book = Workbook.__new__(Workbook)
    book.content = out.getvalue()
    new = marks_xlsb.read(book, "s", frozenset(), frozenset())
    for marks in (old, new):
        assert marks.merged == ((4, 6, 2, 2), (1, 1, 1, 2)) and marks.hidden_columns == {2, 3}
