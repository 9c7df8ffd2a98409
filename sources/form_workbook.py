"""XLSForm workbooks: sheets survey, choices, external_choices and settings as rows of text."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

from melflow.sources import formrows
from melflow.sources.formrows import STRAIGHT, Content, Row
from melflow.sources.tables import Sheet, open_workbook

if TYPE_CHECKING:
    from melflow.sources.payload import Origin


def read(origin: Origin, content: bytes) -> Content:
    """Return the rows of an XLSForm.

    Raises:
        SourceError: It is no workbook, or has no survey sheet with the columns type and name.
    """
    sheets = {_name(sheet): sheet for sheet in open_workbook(origin, content).sheets}
    rows = formrows.sheet_rows(sheets["survey"]) if "survey" in sheets else []
    if not any("type" in row and "name" in row for row in rows):
        raise origin.error(
            "an XLSForm has a sheet 'survey' with the columns type and name",
            "the sheets " + (", ".join(sheets) or "of an empty workbook"),
            "Put the XLSForm itself there (KoboToolbox: Download XLS), and keep other workbooks in another folder.",
        )
    choices = [
        row for name in ("choices", "external_choices") if name in sheets for row in formrows.sheet_rows(sheets[name])
    ]
    choices = [row | {"name": row["name"].translate(STRAIGHT)} if "name" in row else row for row in choices]
    settings = next(iter(formrows.sheet_rows(sheets["settings"])), {}) if "settings" in sheets else {}
    if "settings" in sheets:
        settings = _as_typed(content, sheets["settings"].name, settings)
    return Content(rows, choices, settings)


def _name(sheet: Sheet) -> str:
    return re.sub(r"[\s_]+", "_", sheet.name.strip().lower())


def _as_typed(content: bytes, sheet: str, settings: Row) -> Row:
    """Return the settings with the version as its cell shows it: 2024.10 in a cell formatted 0.00, not 2024.1."""
    version = settings.get("version", "")
    if not re.fullmatch(r"\d+(\.\d+)?", version) or not content.startswith(b"PK"):
        return settings  # text, or an XLS workbook, whose formats nothing here reads
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
    try:
        rows = book[sheet].iter_rows()
        header = next((row for row in rows if any(cell.value is not None for cell in row)), ())
        place = next((n for n, cell in enumerate(header) if str(cell.value).strip().lower() == "version"), None)
        cell = next((row[place] for row in rows if place is not None and len(row) > place and row[place].value), None)
    finally:
        book.close()
    if cell is None or not isinstance(cell.value, int | float):
        return settings
    return settings | {"version": shown(version, cell.number_format or "General")}


def shown(number: str, number_format: str) -> str:
    """Return a number as a cell with this format shows it; only formats of plain digits are followed."""
    plain = re.fullmatch(r"(0+)(?:\.(0+))?(?:_\))?", number_format.split(";")[0])
    if plain is None:
        return number
    decimals = len(plain[2] or "")
    return f"{float(number):0{len(plain[1]) + (decimals + 1 if decimals else 0)}.{decimals}f}"
