"""Write a correction workbook a partner understands: one line per problem, the bad cell marked, choices to pick."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from melflow.expectations.workbook import (
    CHUNK,
    COLUMNS,
    CORRECTED,
    HEADER_LINE,
    HIDDEN,
    LEAVE_OUT,
    OPEN,
    RIGHT,
    Book,
    plain,
    signature,
    words,
)

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

    from melflow.expectations.workbook import Line

_WIDTHS = {"id": 18, "where": 30, "what": 24, "now": 22, "why": 42, "todo": 42, "value": 26, "answer": 22, "note": 24,
           "link": 24}  # fmt: skip
_LISTS = "lists"
#: Height of a line of text, and how many lines a row shows.
_POINTS, _MOST_LINES = 15, 12
_LONGEST_LINK = 2000  # characters; Excel refuses 2,080


def write(book: Book, name: str, key: bytes) -> bytes:
    """Return the workbook as XLSX.

    Args:
        book: What it is about.
        name: The partner's name, for the title.
        key: The workspace's secret; signs what may not be changed.
    """
    from xlsxwriter import Workbook

    content = io.BytesIO()
    told = words(book.language)
    with Workbook(content, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as made:
        sheet = made.add_worksheet(told["sheet"])
        formats = _formats(made)
        sheet.write_string(0, 0, told["title"].format(partner=name), formats["title"])
        sheet.merge_range(1, 0, 1, len(COLUMNS) - 1, told["how"], formats["how"])
        sheet.set_row(1, 34)
        for place, column in enumerate(COLUMNS):
            sheet.set_column(place, place, _WIDTHS[column])
            sheet.write_string(HEADER_LINE - 1, place, told[column], formats["head"])
        lists = _Lists(made)
        for number, line in enumerate(book.lines):
            _line(sheet, HEADER_LINE + number, line, told, formats, lists)
        sheet.freeze_panes(HEADER_LINE, 1)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(HEADER_LINE - 1)
        sheet.protect("", {"format_columns": True, "format_rows": True, "select_locked_cells": True})
        _sign(made, book, key)
    return content.getvalue()


def _formats(made: Workbook) -> dict[str, Format]:
    cell = {"text_wrap": True, "valign": "top", "border": 1, "border_color": "#C9D3D9", "num_format": "@"}
    return {
        "title": made.add_format({"bold": True, "font_size": 16, "font_color": "#0B3A53"}),
        "how": made.add_format({"text_wrap": True, "valign": "top"}),
        "head": made.add_format({"bold": True, "font_color": "#FFFFFF", "bg_color": "#0B3A53", "text_wrap": True}),
        "plain": made.add_format(cell),
        "now": made.add_format(cell | {"bg_color": "#F8D0C8", "bold": True}),
        "open": made.add_format(cell | {"bg_color": "#FFF4B8", "locked": False, "num_format": "General"}),
        "closed": made.add_format(cell | {"bg_color": "#E6EAED", "font_color": "#5B6770"}),
        "link": made.add_format(cell | {"font_color": "#0B5CAD", "underline": 1}),
    }


class _Lists:
    """Choice lists on a hidden sheet; equal lists are written once."""

    def __init__(self, made: Workbook) -> None:
        self._made = made
        self._sheet: Worksheet | None = None
        self._known: dict[tuple[str, ...], str] = {}

    def reference(self, options: tuple[str, ...]) -> str:
        """Return the range of a list, for data validation."""
        if self._sheet is None:
            self._sheet = self._made.add_worksheet(_LISTS)
            self._sheet.very_hidden()
        if options not in self._known:
            from xlsxwriter.utility import xl_col_to_name

            column = len(self._known)
            for row, option in enumerate(options):
                self._sheet.write_string(row, column, option)
            letter = xl_col_to_name(column)
            self._known[options] = f"={_LISTS}!${letter}$1:${letter}${len(options)}"
        return self._known[options]


def _line(
    sheet: Worksheet, row: int, line: Line, told: dict[str, str], formats: dict[str, Format], lists: _Lists
) -> None:
    for place, column in enumerate(COLUMNS):
        text = plain(line.cells.get(column, ""))
        if column == "link" and text and len(text) <= _LONGEST_LINK:
            sheet.write_url(row, place, text, formats["link"], told["link"])
        elif column in OPEN:
            is_open = line.is_open or column != "value"
            sheet.write_blank(row, place, None, formats["open" if is_open else "closed"])
        else:
            sheet.write_string(row, place, text, formats["now" if column == "now" else "plain"])
    shown = {column: plain(text) for column, text in line.cells.items() if column != "link"}
    n_lines = max(-(-len(text) * 1.15 // _WIDTHS[column]) for column, text in shown.items())
    sheet.set_row(row, _POINTS * min(max(n_lines, 2), _MOST_LINES))
    value, answer = COLUMNS.index("value"), COLUMNS.index("answer")
    if not line.is_open:
        sheet.write_string(row, value, told["elsewhere"], formats["closed"])
    elif line.options:
        source = lists.reference(tuple(line.options))
        sheet.data_validation(row, value, row, value, {"validate": "list", "source": source,
                                                       "error_message": told["choose"]})  # fmt: skip
    answers = [told[RIGHT], *([told[LEAVE_OUT]] if line.can_leave_out else [])]
    answers = [told[CORRECTED], *answers] if line.is_open else answers
    sheet.data_validation(row, answer, row, answer, {"validate": "list", "source": answers})


def _sign(made: Workbook, book: Book, key: bytes) -> None:
    """Put what may not be changed, and the signature over it, onto a sheet that is not shown."""
    sheet = made.add_worksheet(HIDDEN)
    text = book.text
    sheet.write_string(0, 0, signature(text, key))
    for number, start in enumerate(range(0, len(text), CHUNK), 1):
        sheet.write_string(number, 0, text[start : start + CHUNK])
    sheet.very_hidden()
    sheet.protect()
