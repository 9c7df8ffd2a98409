import io
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils import get_column_letter

from melflow.sources import marks_xlsx
from melflow.sources.cell_marks import column_letters, column_number, read_marks
from melflow.sources.payload import Origin
from melflow.sources.workbook import Workbook

ORIGIN = Origin("s", "book.xlsx", "s-1", datetime(2025, 1, 1, tzinfo=UTC))


def _opened(content: bytes) -> Workbook:
    return Workbook(ORIGIN, content, "xlsx")


def _changed(content: bytes, change: Callable[[str], str]) -> bytes:
    """Return the workbook with its first sheet's XML changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            new.writestr(name, change(part.decode()).encode() if "sheet1" in name else part)
    return out.getvalue()


@given(st.integers(0, 16383))
def test_column_letters__as_excel(number: int) -> None:
    """Should name columns as Excel does, and find the number again."""
    assert column_letters(number) == get_column_letter(number + 1)
    assert column_number(f"{column_letters(number)}7") == number


def _book() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Año & 1"
    sheet["C2"], sheet["D2"], sheet["E2"], sheet["F2"] = "12", 12, "=D2*2", "#N/A"
    sheet["F2"].data_type = "e"
    sheet["D2"].number_format = "#,##0.0"
    sheet["A9"].number_format = "0%"  # formatted but empty: no content
    sheet["D3"] = "=D2/0"
    sheet.row_dimensions[2].hidden = True
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def test_read_marks__what_values_do_not_show() -> None:
    """Should know texts, numbers, formulas, errors, formats and hidden rows of the wanted columns."""
    marks = read_marks(_opened(_book()), "Año & 1", {2, 3, 4}, {5})
    assert marks.cells.sort("row", "column").rows() == [
        (2, 2, "text", None, None, False, None),
        (2, 3, "number", 12.0, None, False, "#,##0.0"),
        (2, 4, "empty", None, None, True, None),
        (2, 5, "error", None, "#N/A", False, None),
        (3, 3, "empty", None, None, True, None),
    ]
    assert marks.hidden_rows == {2} and not marks.counts_from_1904


@pytest.mark.parametrize(
    "change",
    [
        lambda xml: xml.replace("<c ", "<x:c ").replace("</c>", "</x:c>").replace(
            "<worksheet ", '<worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
        ),
        lambda xml: xml.replace('<c r="C2"', '<c s="0" r="C2"'),
        lambda xml: xml.replace("<v>12</v>", "<v><![CDATA[12]]></v>"),
    ],
    ids=["prefix", "order", "cdata"],
)  # fmt: skip
def test_read_marks__odd_writers(change: Callable[[str], str]) -> None:
    """Should find the same marks where the XML is written in an unusual way."""
    book = _book()
    odd = _changed(book, change)
    assert odd != book
    ours, theirs = (read_marks(_opened(one), "Año & 1", {2, 3, 4}, {5}) for one in (book, odd))
    assert ours.cells.sort("row", "column").equals(theirs.cells.sort("row", "column"))
    assert ours.hidden_rows == theirs.hidden_rows


def test_read_marks__cells_that_do_not_say_where_they_are() -> None:
    """Should count cells and rows that carry no reference."""
    xml = '<a xmlns="x"><sheetData><row><c><v>1</v></c><c t="str"><f>A1</f><v></v></c></row></sheetData></a>'
    marks = read_marks(_opened(_changed(_book(), lambda _: xml)), "Año & 1", {0, 1})
    assert marks.cells.rows() == [(1, 0, "number", 1.0, None, False, None), (1, 1, "text", None, None, True, None)]


def test_read_marks__formula_that_shows_nothing() -> None:
    """Should not take a formula that gives an empty text for one saved without its value."""
    book = _changed(_book(), lambda xml: xml.replace("<c r=\"E2\">", "<c r=\"E2\" t=\"str\">"))  # fmt: skip
    marks = read_marks(_opened(book), "Año & 1", {4})
    assert marks.cells["kind"].to_list() == ["text"]


@given(
    st.lists(
        st.one_of(st.none(), st.integers(-9999, 9999), st.floats(-1e9, 1e9), st.text("abc", min_size=1)), max_size=12
    )
)
def test_read_marks__pattern_and_parser_agree(cells: list[object]) -> None:
    """Should see the same in a sheet by pattern as element by element."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row, cell in enumerate(cells, 1):
        sheet.cell(row, 1 + row % 3, cell)
    content = io.BytesIO()
    book.save(content)
    name = book.sheetnames[0]
    odd = _changed(content.getvalue(), lambda xml: xml.replace("</worksheet>", "<!-- <c --></worksheet>"))
    quick, slow = (read_marks(_opened(one), name, {0, 1, 2}) for one in (content.getvalue(), odd))
    assert quick.cells.sort("row").equals(slow.cells.sort("row"))


def test_read_marks__refuses_entities() -> None:
    """Should not unfold entities: a few hundred bytes could become gigabytes."""
    bomb = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "yyyy">]><worksheet><sheetData>&x;</sheetData></worksheet>'
    with pytest.raises(ValueError, match="document type"):
        read_marks(_opened(_changed(_book(), lambda _: bomb)), "Año & 1", {0})


def test_read_marks__few_odd_cells_and_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Should find the same errors and formulas from their signs back to their cells as by looking through all cells."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in range(1, 61):
        sheet.append([row, f"text {row} <f", row / 7, None])
    sheet["B7"], sheet["C9"], sheet["A11"] = "#N/A", "=C8*2", "=A10+1"
    sheet["B7"].data_type = "e"
    content = io.BytesIO()
    book.save(content)
    found = []
    for share in (1.0, 0.0):
        monkeypatch.setattr(marks_xlsx, "_FEW", share)
        found.append(read_marks(_opened(content.getvalue()), "Sheet", {0}, {1, 2}).cells.sort("row", "column"))
    assert found[0].equals(found[1])
    odd = found[0].filter(found[0]["column"] > 0).select("row", "column", "kind", "error", "is_formula").rows()
    assert odd == [(7, 1, "error", "#N/A", False), (9, 2, "empty", None, True)]
