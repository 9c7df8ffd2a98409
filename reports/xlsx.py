"""The edition's tables as a workbook: one sheet per published table, what it is, and what every column means.

Numbers are written as they stand in the release. Text is always written as text: no cell is ever a formula,
a link or a number in disguise.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import polars as pl

from melflow.reports import columns, extra_sheets
from melflow.reports.context import Context
from melflow.reports.document import Document
from melflow.reports.sections import tables_of
from melflow.reports.xlsx_own import OwnSheet

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

#: Texts that start so become a formula in some programs when a person edits or exports the cell.
_FORMULA_START = ("=", "+", "-", "@", "\t", "\r")
#: Names put beside the ids of a partner and of a pair.
_PARTNER, _PAIR = ("partner",), ("partner_a", "partner_b")
#: Says whether a row's numbers are published; some tables have a status of their own.
_PUBLICATION = "publication"
_DISPLAY: dict[object, str] = {pl.Int64: "#,##0", pl.Float64: "0.0##"}
_WIDEST = 90  # letters a column of texts shows
_LONGEST_TEXT = 32_767  # characters in a cell


class _Writer:
    """A workbook in which no text can become anything but text."""

    def __init__(self, book: Workbook) -> None:
        self.book = book
        self.head = book.add_format(
            {"bold": True, "font_color": "#0B3A53", "bottom": 2, "text_wrap": True, "valign": "bottom"}
        )
        self.title = book.add_format({"bold": True, "font_size": 16, "font_color": "#0B3A53"})
        self._plain = book.add_format({"quote_prefix": True})
        self._numbers = {dtype: book.add_format({"num_format": text}) for dtype, text in _DISPLAY.items()}

    def cell(self, sheet: Worksheet, line: int, position: int, value: object, dtype: object = None) -> None:
        """Write one cell with its value as it is; no value is no cell."""
        if isinstance(value, bool):
            sheet.write_boolean(line, position, value)
        elif isinstance(value, int | float):
            sheet.write_number(line, position, value, self._numbers.get(dtype))
        elif value is not None:
            self.text(sheet, line, position, str(value))

    def text(self, sheet: Worksheet, line: int, position: int, text: str, style: Format | None = None) -> None:
        """Write a text; one that looks like a formula is marked as quoted, which changes nothing in it."""
        shown = text[:_LONGEST_TEXT]
        sheet.write_string(line, position, shown, self._plain if shown.startswith(_FORMULA_START) else style)


def xlsx(document: Document, context: Context, wanted: tuple[str, ...]) -> bytes:
    """Return the workbook.

    Args:
        document: For the title and facts of the first sheet.
        context: Data and words.
        wanted: Sections of the report; only their tables are written.
    """
    import xlsxwriter

    buffer = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    book = xlsxwriter.Workbook(buffer, options)
    book.set_properties(
        {
            "title": document.title,
            "company": document.alliance,
            "created": context.data.info.created_at.replace(tzinfo=None),
        }
    )
    writer = _Writer(book)
    tables = tables_of(wanted)
    _about(writer, document, context)
    for name in tables:
        _table(writer, context, name)
    own = (
        *extra_sheets.figures(document, context, wanted),
        extra_sheets.words(document, context),
        *extra_sheets.rules(context, wanted),
    )
    for one in own:
        _own(writer, one)
    _dictionary(writer, context, tables, own)
    book.close()
    return buffer.getvalue()


def _sheet(context: Context, table: str) -> str:
    """Return the name of a published table's sheet, such as Capability."""
    return context.say(f"figure_of.{table.removeprefix('pub_')}")


def _about(writer: _Writer, document: Document, context: Context) -> None:
    sheet = writer.book.add_worksheet(context.say("about"))
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 1, 92)
    wrapped = writer.book.add_format({"text_wrap": True, "valign": "top"})
    writer.text(sheet, 0, 0, document.title, writer.title)
    writer.text(sheet, 1, 0, f"{document.alliance}, {document.period}")
    row = 3
    for label, value in document.facts:
        writer.text(sheet, row, 0, label)
        writer.text(sheet, row, 1, value)
        row += 1
    notes = [context.say("about.note"), context.say("method.lead"), context.say("method.levels")]
    for note in [*notes, *(f"{context.say('held_back')}: {reason}" for reason in document.warnings)]:
        row += 1
        writer.text(sheet, row, 1, note, wrapped)


def _named(context: Context, name: str) -> tuple[list[str], list[dict[str, Any]]]:
    """Return header and rows of a table: names beside ids, and a word instead of hidden numbers."""
    data = context.data
    header = [column.name for column in columns.TABLES[name] if column.name != "is_suppressed"]
    rows = data.table(name).to_dicts()
    added = [*_PARTNER] * ("partner_id" in header) + [*_PAIR] * ("dyad_id" in header)
    for row in rows:
        if partner_id := row.get("partner_id"):
            row["partner"] = context.partner(partner_id)
        if dyad_id := row.get("dyad_id"):
            row.update(zip(_PAIR, data.dyad_names(dyad_id), strict=True))
        row.update({name: None for name in added if name not in row})
        row[_PUBLICATION] = context.say("status.suppressed" if row["is_suppressed"] else "status.published")
    return [header[0], *added, *header[1:], _PUBLICATION], rows


def _table(writer: _Writer, context: Context, name: str) -> None:
    sheet = writer.book.add_worksheet(_sheet(context, name))
    header, rows = _named(context, name)
    dtypes = {column.name: column.dtype for column in columns.TABLES[name]}
    for position, title in enumerate(header):
        writer.text(sheet, 0, position, title, writer.head)
        dtype = dtypes.get(title, columns.TEXT)
        texts = [len(str(row[title])) for row in rows if dtype not in _DISPLAY and row[title] is not None]
        sheet.set_column(position, position, min(max([len(title), *texts]) + 2, 44))
        for line, row in enumerate(rows, start=1):
            writer.cell(sheet, line, position, row[title], dtype)
    sheet.freeze_panes(1, 2)
    sheet.repeat_rows(0)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    if rows:
        sheet.autofilter(0, 0, len(rows), len(header) - 1)


def _own(writer: _Writer, one: OwnSheet) -> None:
    sheet = writer.book.add_worksheet(one.name)
    for position, (title, _) in enumerate(one.columns):
        writer.text(sheet, 0, position, title, writer.head)
        texts = [len(cell) for row in one.rows if isinstance(cell := row[position], str)]
        sheet.set_column(position, position, min(max([len(title), 14, *texts]) + 2, _WIDEST))
        for line, row in enumerate(one.rows, start=1):
            writer.cell(sheet, line, position, row[position], pl.Float64)
    sheet.freeze_panes(1, 1)


def _dictionary(writer: _Writer, context: Context, tables: tuple[str, ...], own: tuple[OwnSheet, ...]) -> None:
    sheet = writer.book.add_worksheet(context.say("dictionary"))
    heads = (("sheet", 20), ("column", 24), ("unit_of", 22), ("meaning_of", 90))
    for position, (key, width) in enumerate(heads):
        writer.text(sheet, 0, position, context.say(f"col.{key}"), writer.head)
        sheet.set_column(position, position, width)
    rows = [
        (_sheet(context, name), column.name, context.unit(column), context.meaning(column))
        for name in tables
        for column in columns.TABLES[name]
        if column.name != "is_suppressed"
    ]
    named = {column.name for name in tables for column in columns.TABLES[name]}
    added = [*_PARTNER] * ("partner_id" in named) + [*_PAIR] * ("dyad_id" in named)
    rows += [("", name, "", context.say(f"field.{name}")) for name in (*added, *([_PUBLICATION] if tables else []))]
    rows += [(one.name, title, "", meaning) for one in own for title, meaning in one.columns]
    for line, row in enumerate(rows, start=1):
        for position, text in enumerate(row):
            writer.text(sheet, line, position, text)
    sheet.freeze_panes(1, 0)
