"""Rows of a file, counted beside whoever reads it."""

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sheet_files import SHEETS, book, with_values, xlsb

from melflow.core.workspace.source_log import ActivityLogSource
from melflow.sources import activity_log
from melflow.sources.csv_table import CsvTable
from melflow.sources.payload import Context, Origin, Parsed
from melflow.sources.tables import open_workbook, read_tables

Make = Callable[..., Origin]
CELLS = st.sampled_from(["", "", "a", "1,5", 'say "so"', "two\nlines", " "])


def counts(origin: Origin, content: bytes, last: int | None = None) -> list[tuple[int | None, int, int]]:
    """Return of each sheet: rows below row 1 counted in the bytes, rows read, and those beyond the last column."""
    found = []
    for sheet in read_tables(origin, content).sheets:
        counted = sheet.counted(1, sheet.below(1, last).height, last)
        found.append((counted.at_source, counted.read, counted.beyond))
    return found


@given(rows=st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=12), last=st.sampled_from([None, 1]))
@settings(max_examples=60, deadline=None)
def test_counted__text(rows: list[list[str]], last: int | None) -> None:
    """Should count the rows that have anything in them, whatever is blank and whatever has lines inside."""
    text = io.StringIO()
    csv.writer(text).writerows([["x", "y", "z"], *rows])
    filled = sum(any(row) for row in rows)
    within = sum(any(row[: 3 if last is None else last + 1]) for row in rows)
    content = text.getvalue().encode()
    assert counts(Origin("s", "inbox/a.csv", "", None), content, last) == [(filled, filled, filled - within)]  # type: ignore[arg-type]


def _xlsx(rows: list[list[Any]]) -> bytes:
    made = openpyxl.Workbook()
    for row in rows:
        made.active.append(row)
    content = io.BytesIO()
    made.save(content)
    return content.getvalue()


def test_counted__workbook_with_blank_rows(origin: Make) -> None:
    """Should not count rows that are only formatted, or show an empty text; but those right of what is read."""
    content = _xlsx([["x", "y", "z"], ["a", 1, None], [None, None, None], [None, None, "far"], ["b", 0, 2]])
    assert counts(origin("inbox/a.xlsx"), content) == [(3, 3, 0)]
    assert counts(origin("inbox/a.xlsx"), content, 1) == [(3, 3, 1)]
    styled = openpyxl.load_workbook(io.BytesIO(content))
    styled.active["A9"].number_format = "0.0"
    styled.active["A10"] = ""
    styled.active.row_dimensions[11].hidden = True
    again = io.BytesIO()
    styled.save(again)
    assert counts(origin("inbox/a.xlsx"), again.getvalue()) == [(3, 3, 0)]


@pytest.mark.parametrize(
    "content",
    [with_values(book()), xlsb(), *((SHEETS / f"results_1900.{kind}").read_bytes() for kind in ("xls", "ods"))],
    ids=["xlsx", "xlsb", "xls", "ods"],
)
def test_counted__formats(origin: Make, content: bytes) -> None:
    """Should count in the parts of every kind of workbook what calamine reads."""
    for sheet in open_workbook(origin("inbox/a"), content).sheets:
        if sheet.cells.height:
            header = sheet.first_row()
            counted = sheet.counted(header, sheet.below(header).height)
            assert (counted.at_source, counted.beyond) == (counted.read, 0), sheet.name


def test_counted__a_reader_that_loses_rows(origin: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should count what is in the file, not what its reader hands on."""
    content = b"x,y\n1,2\n3,4\n5,6\n"
    whole = CsvTable.read
    monkeypatch.setattr(CsvTable, "read", lambda self, last=None: whole(self, last).head(3))
    assert counts(origin("inbox/a.csv"), content) == [(3, 2, 0)]


def test_parse__json_lines_and_lists(origin: Make, log_source: ActivityLogSource, context: Context) -> None:
    """Should count lines with something on them, entries of a list, and rows of a list of rows."""
    header = ["Ref", "Fecha", "Quién da", "Quién recibe", "Actividad", "Horas", "Unidad", "Persona"]
    row = ["7", "05/03/2025", "North", "South", "asesoria", "1,5", "h", "Ana"]
    one, two = dict(zip(header, row, strict=True)), dict(zip(header, ["8", *row[1:]], strict=True))
    lines = f"{json.dumps(one)}\n\n{json.dumps(two)}\n"
    for text in (lines, json.dumps([one, two]), json.dumps([header, row, ["8", *row[1:]], [None] * 8])):
        parsed = activity_log.parse(origin("inbox/v.json", "visits"), text.encode(), log_source, context)
        assert (parsed.notes["rows_at_source"], parsed.notes["rows_read"]) == (2, 2)


def test_parse__a_chat_with_remarks(origin: Make, log_source: ActivityLogSource, context: Context) -> None:
    """Should tell messages from remarks below them and from the exchanges they become, none of them twice."""
    rows = (
        "message_id,author,sent_at,mentions",
        "1,North,2025-03-01T10:00:00Z,South",
        "2,South,2025-03-01,",
        "the end,,,",
    )
    messages = "\n".join(rows)
    config = log_source.model_copy(update={"format": "chat", "columns": {}, "constants": {"kind": "advice"}})
    parsed: Parsed = activity_log.parse(origin("inbox/chat.csv", "chat"), messages.encode(), config, context)
    notes = {name: parsed.notes[name] for name in ("rows_at_source", "rows_read", "rows_dropped_notes")}
    assert notes == {"rows_at_source": 3, "rows_read": 3, "rows_dropped_notes": 1}
    assert parsed.notes["rows_dropped_made_nothing"] == 2 - parsed.frames["src_exchange"].height == 1


def test_counted__workbook_of_an_odd_writer(origin: Make) -> None:
    """Should count in a sheet whose elements stand on lines of their own, or have a prefix."""
    import re
    import zipfile

    content = _xlsx([["x", "y"], ["a", 1], [None, None], ["b", 2]])
    for pattern, instead in ((rb"><", b">\n  <"), (rb"<(/?)(?=[a-z])", rb"<\1x:")):
        odd = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(content)) as came, zipfile.ZipFile(odd, "w") as made:
            for name in came.namelist():
                part = came.read(name)
                if name.startswith("xl/worksheets/sheet"):
                    part = re.sub(pattern, instead, part).replace(
                        b"xmlns=", b"xmlns:x=" if b"x:" in instead else b"xmlns="
                    )
                made.writestr(name, part)
        assert counts(origin("inbox/a.xlsx"), odd.getvalue()) == [(2, 2, 0)]
