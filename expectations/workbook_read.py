"""Take a correction workbook back: what was filled in, or a plain word on why it cannot be taken.

A file from outside is not trusted: its size is looked at before it is opened, macros and formulas are refused, and what
may not be changed is held against the signature it went out with.
"""

from __future__ import annotations

import hmac
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from melflow.core.errors import Problem, TerminalError
from melflow.expectations.workbook import (
    COLUMNS,
    CORRECTED,
    HEADER_LINE,
    HIDDEN,
    LEAVE_OUT,
    OPEN,
    RIGHT,
    Book,
    Line,
    plain,
    signature,
    words,
)

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

#: Largest file, and largest content, in bytes: a workbook of 10,000 lines has 1 MB.
MOST_BYTES, MOST_INSIDE = 10 * 1024**2, 50 * 1024**2
_LONGEST = 1000  # characters of a cell that is filled in
_AGAIN = "Export it again with `melflow held export`, and fill in the new file."
_ASK = "Ask the partner to fill in the file as it was sent, and to change the yellow cells only."
#: Texts that start so become a formula in some programs; a number may start with a sign.
_FORMULA = re.compile(r"\s*([=@\t\r]|[+-](?!\s*[\d.,]+\s*$))")


@dataclass(frozen=True)
class Filled:
    """What a partner says about one problem.

    Attributes:
        line: The problem.
        answer: corrected, right or leave_out.
        value: What should stand there, with ``corrected``; a day or a moment where a date was written as one.
        note: What was written beside it.
    """

    line: Line
    answer: str
    value: str | date | None
    note: str


@dataclass(frozen=True)
class Returned:
    """A workbook that came back.

    Attributes:
        book: What it went out with.
        filled: Its lines that say something.
        saved_by: Who saved it last, as the program noted it; empty when it did not.
    """

    book: Book
    filled: tuple[Filled, ...]
    saved_by: str


def read(content: bytes, name: str, key: bytes) -> Returned:
    """Read a workbook that came back.

    Args:
        content: The file.
        name: What it is called, for messages.
        key: The workspace's secret.

    Raises:
        TerminalError: It is not a workbook of this workspace, or was changed where it may not be; all reasons at once.
    """
    _open_the_box(content, name)
    import openpyxl

    try:
        made = openpyxl.load_workbook(io.BytesIO(content), keep_links=False)
    except Exception as error:  # openpyxl raises whatever a damaged part makes it stumble over
        raise _refused(name, "a correction workbook is a whole XLSX file", type(error).__name__, _AGAIN) from error
    book = _book(made, name, key)
    told = words(book.language)
    if told["sheet"] not in made.sheetnames:
        raise _refused(name, "the sheet of corrections stays as it is", "no such sheet", _ASK)
    problems, filled = _lines(made[told["sheet"]], book, name, told)
    if problems:
        raise TerminalError.all(problems)
    saved_by = made.properties.lastModifiedBy or ""
    return Returned(book, tuple(filled), "" if saved_by == "openpyxl" else saved_by)


def refuse_large(name: str, n_bytes: int) -> None:
    """Refuse a file by its size, before it is read.

    Raises:
        TerminalError: It is larger than any workbook that went out.
    """
    if n_bytes > MOST_BYTES:
        rule = f"a correction workbook has at most {MOST_BYTES // 1024**2} MB"
        raise _refused(name, rule, f"{n_bytes / 1024**2:.0f} MB", _ASK)


def _open_the_box(content: bytes, name: str) -> None:
    """Look at the file from outside, before anything in it is believed."""
    refuse_large(name, len(content))
    rule = "a correction workbook is an XLSX file"
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as box:
            parts = {part.filename: part.file_size for part in box.infolist()}
            types = box.read("[Content_Types].xml")[:MOST_BYTES] if "[Content_Types].xml" in parts else b""
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError) as error:
        fix = "Save it as XLSX in the program it was filled in with."
        raise _refused(name, rule, "something else", fix) from error
    if sum(parts.values()) > MOST_INSIDE:
        seen = f"{sum(parts.values()) / 1024**2:.0f} MB inside"
        raise _refused(name, f"a correction workbook has at most {MOST_INSIDE // 1024**2} MB inside", seen, _ASK)
    if b"macroEnabled" in types or any(part.lower().endswith("vbaproject.bin") for part in parts):
        fix = "Save it as XLSX, without macros, and send it again."
        raise _refused(name, "a correction workbook has no macros", "macros", fix)
    if "xl/workbook.xml" not in parts:
        raise _refused(name, rule, "a ZIP file of something else", _AGAIN)


def _book(made: Workbook, name: str, key: bytes) -> Book:
    rule = "a correction workbook carries the signature it was made with"
    if HIDDEN not in made.sheetnames:
        raise _refused(name, rule, "none", _AGAIN)
    cells = [row[0] for row in made[HIDDEN].iter_rows(max_col=1, values_only=True)]
    signed, *parts = [str(cell) for cell in cells if cell is not None] or [""]
    text = "".join(parts)
    if not hmac.compare_digest(signed.encode(), signature(text, key).encode()):
        raise _refused(name, rule, "another one: of another alliance, or changed since", _AGAIN)
    try:
        return Book.of(text)
    except (ValueError, KeyError, TypeError) as error:
        raise _refused(name, rule, "one of another version of melflow", _AGAIN) from error


def _lines(sheet: Worksheet, book: Book, name: str, told: dict[str, str]) -> tuple[list[Problem], list[Filled]]:
    """Hold every line against what went out; return what is wrong and what was filled in."""
    known = {line.cells["id"]: line for line in book.lines}
    problems: list[Problem] = []
    filled: list[Filled] = []
    seen: set[str] = set()
    for number, row in enumerate(sheet.iter_rows(min_row=HEADER_LINE + 1, max_col=len(COLUMNS)), HEADER_LINE + 1):
        cells = dict(zip(COLUMNS, row, strict=True))
        if all(cell.value is None for cell in row):
            continue
        where = f"{name}!{sheet.title}!{number}"
        line = known.get(_text(cells["id"].value))
        if line is None or line.held_id in seen:
            what = "a line with another id" if line is None else "the same line twice"
            problems.append(Problem(where, "lines are neither added nor renamed", what, _ASK))
            continue
        seen.add(line.held_id)
        wrong = list(_misfits(cells, line, where, told))
        problems += wrong
        one = None if wrong else _filled(cells, line, told)
        if one is not None:
            filled.append(one)
    gone = len(known) - len(seen)
    if gone:
        problems.append(Problem(f"{name}!{sheet.title}", "every line comes back", f"{gone} lines fewer", _ASK))
    return problems, filled


def _misfits(cells: dict[str, Any], line: Line, where: str, told: dict[str, str]) -> Iterator[Problem]:
    for column, cell in cells.items():
        place = f"{where} ({told[column]})"
        if cell.data_type in ("f", "e") or (column in OPEN and _FORMULA.match(_text(cell.value))):
            seen = "an error of the spreadsheet program" if cell.data_type == "e" else "a formula"
            yield Problem(place, "cells are filled in with plain values", seen, "Write the value itself.")
        elif column in OPEN and len(_text(cell.value)) > _LONGEST:
            fix = "Write what belongs into the cell, nothing else."
            yield Problem(place, f"a cell has at most {_LONGEST} characters", f"{len(_text(cell.value))}", fix)
        elif column not in OPEN and column != "link" and _text(cell.value) != plain(line.cells.get(column, "")):
            yield Problem(place, "a protected cell stays as it is", "another text", _ASK)
    value, answer = _text(cells["value"].value), _text(cells["answer"].value)
    if line.is_open and line.options and value and _option(line, value) is None:
        fix = f"Choose one of: {', '.join(list(line.options)[:12])}."
        yield Problem(f"{where} ({told['value']})", "the value is one of the list", "another one", fix)
    if answer and answer not in _answers(line, told):
        fix = f"Choose one of: {', '.join(_answers(line, told))}."
        yield Problem(f"{where} ({told['answer']})", "the answer is one of the list", "another one", fix)
    if _answers(line, told).get(answer) == CORRECTED and not value:
        yield Problem(f"{where} ({told['value']})", "what is corrected has a value", "none", "Write what is right.")
    if _answers(line, told).get(answer) in (RIGHT, LEAVE_OUT) and line.is_open and value:
        fix = "Take one of the two out."
        yield Problem(f"{where} ({told['answer']})", "a line has a value or another answer", "both", fix)


def _answers(line: Line, told: dict[str, str]) -> dict[str, str]:
    """Return the answers a line may have, as they are called."""
    names = [RIGHT, *([CORRECTED] if line.is_open else []), *([LEAVE_OUT] if line.can_leave_out else [])]
    return {told[name]: name for name in names}


def _filled(cells: dict[str, Any], line: Line, told: dict[str, str]) -> Filled | None:
    note, answer = _text(cells["note"].value), _answers(line, told).get(_text(cells["answer"].value))
    given = cells["value"].value if line.is_open else None
    if answer in (RIGHT, LEAVE_OUT):
        return Filled(line, answer, None, note)
    if given is None or not _text(given):
        return None
    day = isinstance(given, date | datetime)
    value = given if day else _option(line, _text(given)) if line.options else _text(given)
    return Filled(line, CORRECTED, value, note)


def _option(line: Line, text: str) -> str | None:
    """Return what a choice stands for; a code that looks like a number may have become one."""
    return next((code for shown, code in line.options.items() if text in (shown.strip(), code)), None)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return plain(str(value))


def _refused(name: str, rule: str, seen: str, fix: str) -> TerminalError:
    return TerminalError.of(name, rule, seen, fix)
