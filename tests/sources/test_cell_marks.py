import io
import zipfile

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils import get_column_letter

from melflow.sources.cell_marks import column_letters, read_marks


@given(st.integers(0, 16383))
def test_column_letters__as_excel(number: int) -> None:
    """Should name columns as Excel does."""
    assert column_letters(number) == get_column_letter(number + 1)


def _book() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Año & 1"
    sheet["C2"], sheet["D2"], sheet["E2"] = "12", 12, "=D2*2"
    sheet["D2"].number_format = "#,##0.0"
    sheet["A9"].number_format = "0%"  # formatted but empty: not where the table starts
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def test_read_marks__what_values_do_not_show() -> None:
    """Should know texts, formulas, formats and the first used column."""
    marks = read_marks(_book(), ["Año & 1", "not there"])["Año & 1"]
    assert (
        marks.texts == {"C2"}
        and marks.formulas == {"E2"}
        and marks.formats["D2"] == "#,##0.0"
        and marks.first_column == 2
    )


def test_read_marks__not_xlsx() -> None:
    """Should have no marks of an old workbook, or a zip archive of something else."""
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("content.xml", "<x/>")
    assert read_marks(b"\xd0\xcf\x11\xe0", ["a"]) == {} and read_marks(other.getvalue(), ["a"]) == {}


def test_read_marks__refuses_entities() -> None:
    """Should not unfold entities: a few hundred bytes could become gigabytes."""
    bomb = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "yyyy">]><worksheet><sheetData>&x;</sheetData></worksheet>'
    content = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(_book())) as good, zipfile.ZipFile(content, "w") as bad:
        for name in good.namelist():
            bad.writestr(name, bomb if "sheet1" in name else good.read(name))
    with pytest.raises(ValueError, match="document type"):
        read_marks(content.getvalue(), ["Año & 1"])
