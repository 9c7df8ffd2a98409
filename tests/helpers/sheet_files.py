"""One workbook in every format: written here as XLSX and XLSB; XLS and ODS as LibreOffice saved it (folder ``sheets``).

To make these anew: write ``book(...)`` to results_1900.xlsx and results_1904.xlsx, and for each of them
``soffice --headless --convert-to xls`` (and ``ods``).
"""

from __future__ import annotations

import io
import struct
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, to_excel

SHEETS = Path(__file__).with_name("sheets")
HEADER = ["Indicator", "Organisation", "Target", "Actual"]
#: Row by row from B4 on: formulas with the value they have, so that every writer can store both.
RESULTS: list[list[Any]] = [
    ["IND-1", "North", 10, 7.25],
    ["IND-2", "South", 1, 0.45],
    ["IND-3", "North", "1.234", 1.234],
    ["IND-4", "North", 5, ("=D4*2", 20)],
    ["IND-5", "North", 5, ("=1/0", "#DIV/0!")],
    ["IND-6", "North", ("=NA()", "#N/A"), 1 / 3],
    ["Total", None, 26, 28.684],
    [None, None, None, None],
    ["Note: figures are provisional", None, None, None],
]
HIDDEN_ROW, PERCENT_ROW, FIRST_ROW, FIRST_COLUMN = 6, 5, 4, 1
VISITS: list[list[Any]] = [
    ["Fecha", "Da", "Recibe", "Tipo"],
    [datetime(2024, 1, 2), "North", "South", "visit"],
    [datetime(2024, 2, 29, 13, 5), "South", "North", "advice"],
    ["31/12/2023", "South", "North", "data"],
]


def book(*, from_1904: bool = False) -> bytes:
    """Return the workbook as XLSX without the values of its formulas, as openpyxl writes it."""
    made = openpyxl.Workbook()
    made.epoch = CALENDAR_MAC_1904 if from_1904 else CALENDAR_WINDOWS_1900
    made.remove(made.active)
    sheet = made.create_sheet("2024")
    sheet["A1"] = "Learning alliance"
    for place, text in enumerate(HEADER):
        sheet.cell(FIRST_ROW - 1, FIRST_COLUMN + 1 + place, text)
    for number, row in enumerate(RESULTS):
        for place, value in enumerate(row):
            sheet.cell(FIRST_ROW + number, FIRST_COLUMN + 1 + place, value[0] if isinstance(value, tuple) else value)
    sheet.cell(PERCENT_ROW, 5).number_format = "0.0%"
    sheet.row_dimensions[HIDDEN_ROW].hidden = True
    other = made.create_sheet("2025")
    for row in (HEADER, ["IND-1", "North", 10, 9]):
        other.append(row)
    other.sheet_state = "hidden"
    visits = made.create_sheet("Visits")
    for row in VISITS:
        visits.append(row)
    visits.append([int(to_excel(datetime(2024, 3, 1), made.epoch)), "North", "South", "document"])
    made.create_chartsheet("Chart")
    content = io.BytesIO()
    made.save(content)
    return content.getvalue()


def with_values(content: bytes) -> bytes:
    """Return an XLSX whose formulas have the values that a spreadsheet program stores with them."""
    saved = {f"<f>{cell[0][1:]}</f>": cell[1] for row in RESULTS for cell in row if isinstance(cell, tuple)}
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            part = old.read(name).decode() if name.endswith("sheet1.xml") else ""
            for formula, value in saved.items():
                kind = ' t="e"' if isinstance(value, str) else ""
                place = part.find(formula)
                if place >= 0:
                    start = part.rindex("<c ", 0, place)
                    end = part.index("</c>", place)
                    opening = part[start : part.index(">", start)]
                    part = f"{part[:start]}{opening}{kind}>{formula}<v>{value}</v>{part[end:]}"
            new.writestr(name, part or old.read(name))
    return out.getvalue()


def xlsb() -> bytes:
    """Return the sheets of 2024 and 2025 as XLSB."""
    rows = {FIRST_ROW - 1: HEADER} | {FIRST_ROW + number: row for number, row in enumerate(RESULTS)}
    first = b"".join(_row(number, row, FIRST_COLUMN) for number, row in rows.items())
    second = b"".join(_row(number, row, 0) for number, row in ((1, HEADER), (2, ["IND-1", "North", 10, 9])))
    sheets = [("2024", 0), ("2025", 1)]
    names = b"".join(
        _record(156, struct.pack("<II", hidden, number) + _wide(f"rId{number}") + _wide(name))
        for number, (name, hidden) in enumerate(sheets, 1)
    )
    workbook = _record(131, b"") + _record(153, bytes(8)) + _record(143, b"") + names + _record(144, b"")
    formats = _record(44, struct.pack("<H", 164) + _wide("0.0%"))
    styles = _record(617, struct.pack("<I", 2)) + b"".join(
        _record(47, struct.pack("<HH", 0, code) + bytes(12)) for code in (0, 164)
    ) + _record(618, b"")  # fmt: skip
    relation = '<Relationship Id="rId{0}" Type="x" Target="worksheets/sheet{0}.bin"/>'
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.bin", workbook + _record(132, b""))
        archive.writestr("xl/_rels/workbook.bin.rels", f"<R>{relation.format(1)}{relation.format(2)}</R>")
        archive.writestr("xl/styles.bin", _record(278, b"") + formats + styles + _record(279, b""))
        for number, part in enumerate((first, second), 1):
            size = _record(148, struct.pack("<IIII", 0, 20, 0, 6))
            archive.writestr(f"xl/worksheets/sheet{number}.bin", _record(129, b"") + size + _record(145, b"") + part
                             + _record(146, b"") + _record(130, b""))  # fmt: skip
    return out.getvalue()


def _row(number: int, cells: list[Any], first: int) -> bytes:
    flags = 0x10 if number == HIDDEN_ROW and first else 0
    head = struct.pack("<IIHBB", number - 1, 0, 300, 0, flags) + bytes(5)
    return _record(0, head) + b"".join(
        _cell(first + place, value, int(number == PERCENT_ROW and place == 3 and first > 0))
        for place, value in enumerate(cells)
        if value is not None
    )


def _cell(column: int, value: Any, style: int) -> bytes:
    head = struct.pack("<II", column, style)
    errors = {"#DIV/0!": 7, "#N/A": 0x2A}
    match value:
        case (_, str(error)):
            return _record(11, head + bytes([errors[error]]) + bytes(10))
        case (_, number):
            return _record(9, head + struct.pack("<d", number) + bytes(10))
        case str():
            return _record(6, head + _wide(value))
        case int():
            return _record(2, head + struct.pack("<I", value << 2 | 2))
        case _:
            return _record(5, head + struct.pack("<d", value))


def _record(kind: int, data: bytes) -> bytes:
    code = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    length, size = len(data), b""
    while True:
        size += bytes([length & 0x7F | (0x80 if length > 127 else 0)])
        length >>= 7
        if not length:
            return code + size + data


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")
