"""The correction workbook out and in: what may be written, and every way in which a file is refused."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import datetime
from typing import Any

import openpyxl
import pytest

from melflow.core.errors import TerminalError
from melflow.expectations.workbook import COLUMNS, HEADER_LINE, Book, Line
from melflow.expectations.workbook_read import read
from melflow.expectations.workbook_write import write

KEY = b"a key that is long enough"
VALUE, ANSWER, NOTE, NOW = (COLUMNS.index(name) + 1 for name in ("value", "answer", "note", "now"))


def line(number: int, **changes: Any) -> Line:
    cells = {"id": f"id{number}", "where": f"a.csv row {number}", "what": "Kind", "now": "=1+1", "why": "no\r\n ",
             "todo": "yes", "link": ""}  # fmt: skip
    return Line(f"id{number}", "hash", cells, **changes)


BOOK = Book("rio_alto", "lab", "en", "2025-03-01",
            (line(1, options={"Advice (a1)": "a1", "Visit (v)": "v"}), line(2), line(3, is_open=False)))  # fmt: skip


@pytest.fixture(scope="module")
def sent() -> bytes:
    return write(BOOK, "Water Lab", KEY)


def changed(sent: bytes, change: Callable[[Any], object]) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(sent))
    change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def put(row: int, column: int, value: object) -> Callable[[Any], object]:
    return lambda book: book.worksheets[0].cell(HEADER_LINE + row, column, value)


def test_read__untouched(sent: bytes) -> None:
    """Should say nothing when nothing was filled in, and never hold a formula, whatever the data says."""
    assert read(sent, "b.xlsx", KEY).filled == ()
    assert read(changed(sent, lambda book: None), "b.xlsx", KEY).book == BOOK
    book = openpyxl.load_workbook(io.BytesIO(sent))
    assert not any(cell.data_type == "f" for sheet in book for row in sheet.iter_rows() for cell in row)
    assert [sheet.sheet_state for sheet in book.worksheets] == ["visible", "veryHidden", "veryHidden"]


@pytest.mark.parametrize(
    ("row", "value", "expected"),
    [
        (1, "Advice (a1)", "a1"),
        (1, "v", "v"),
        (2, 3.0, "3"),
        (2, -2.5, "-2.5"),
        (2, datetime(2025, 1, 2), datetime(2025, 1, 2)),
        (2, " Ñandú ", "Ñandú"),
    ],
)
def test_read__values(sent: bytes, row: int, value: object, expected: object) -> None:
    """Should take choices by label or code, numbers, days and text."""
    [one] = read(changed(sent, put(row, VALUE, value)), "b.xlsx", KEY).filled
    assert (one.line.held_id, one.answer, one.value) == (f"id{row}", "corrected", expected)


def macros(content: bytes) -> bytes:
    out = io.BytesIO(content)
    with zipfile.ZipFile(out, "a") as box:
        box.writestr("xl/vbaProject.bin", b"macro")
    return out.getvalue()


def bomb(content: bytes) -> bytes:
    out = io.BytesIO(content)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as box:
        box.writestr("xl/media/image1.png", bytes(51 * 1024**2))
    return out.getvalue()


BAD: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "protected cell": (lambda sent: changed(sent, put(1, NOW, "advice")), "a protected cell stays as it is"),
    "id changed": (lambda sent: changed(sent, put(1, 1, "id9")), "neither added nor renamed"),
    "line twice": (lambda sent: changed(sent, put(2, 1, "id1")), "the same line twice"),
    "line deleted": (lambda sent: changed(sent, lambda b: b.worksheets[0].delete_rows(HEADER_LINE + 2)), "1 lines"),
    "line added": (lambda sent: changed(sent, put(4, 1, "new")), "neither added nor renamed"),
    "formula": (lambda sent: changed(sent, put(2, VALUE, "=HYPERLINK(A1)")), "a formula"),
    "formula as text": (lambda sent: changed(sent, put(2, NOTE, "@SUM(A1)")), "a formula"),
    "not of the list": (lambda sent: changed(sent, put(1, VALUE, "other")), "one of the list"),
    "value and answer": (lambda sent: changed(changed(sent, put(2, VALUE, 1)), put(2, ANSWER, "It is right as it is")),
                         "a value or another answer"),
    "corrected by nothing": (lambda sent: changed(sent, put(2, ANSWER, "Corrected")), "has a value"),
    "much text": (lambda sent: changed(sent, put(2, VALUE, "x" * 1001)), "at most 1000 characters"),
    "hidden sheet changed": (lambda sent: changed(sent, lambda b: b["melflow"].cell(2, 1, "{}")), "changed since"),
    "hidden sheet gone": (lambda sent: changed(sent, lambda b: b.remove(b["melflow"])), "saw none"),
    "sheet renamed": (lambda sent: changed(sent, lambda b: setattr(b.worksheets[0], "title", "x")), "no such sheet"),
    "another key": (lambda _: write(BOOK, "Water Lab", b"the key of another alliance"), "of another alliance"),
    "macros": (macros, "no macros"),
    "50 MB": (lambda _: bytes(50 * 1024**2), "at most 10 MB"),
    "50 MB inside": (bomb, "at most 50 MB inside"),
    "no workbook": (lambda _: b"Ref,Day\n1,2\n", "is an XLSX file"),
    "truncated": (lambda sent: sent[: len(sent) // 2], "is an XLSX file"),
    "nothing": (lambda _: b"", "is an XLSX file"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_read__refused(sent: bytes, case: str) -> None:
    """Should refuse the file with the place, the rule and what to do, and never quote what was written."""
    make, told = BAD[case]
    with pytest.raises(TerminalError, match=told) as raised:
        read(make(sent), "b.xlsx", KEY)
    assert all(problem.where.startswith("b.xlsx") and problem.fix for problem in raised.value.problems)
    assert "HYPERLINK" not in str(raised.value)
