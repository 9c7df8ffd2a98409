"""Capability answers as the exports partners really make: CSV or workbook, XML values or labels."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from melflow.examples.capability import Row
from melflow.examples.forms import Form, Question
from melflow.examples.xlsx import Book

_META = ("_id", "_uuid", "_submission_time", "_validation_status", "_notes", "_status", "_submitted_by", "__version__")


@dataclass(frozen=True)
class Style:
    """How somebody exports.

    Attributes:
        language: Language of headers and answers; empty for XML values.
        multiple: A select_multiple as one column ("summary"), a column per option ("details") or "both".
        separator: Between the cells of a CSV file.
        root_uuid: Whether the server already writes ``meta/rootUuid``.
    """

    language: str = ""
    multiple: str = "summary"
    separator: str = ";"
    root_uuid: bool = False


def table(form: Form, rows: list[Row], style: Style) -> list[list[str]]:
    """Return an export as a table, header first."""
    columns: list[tuple[str, Question, str]] = []  # header, question, option
    for question in form.questions:
        header = _header(form, question, style)
        multiple = question.kind.startswith("select_multiple")
        if not multiple or style.multiple != "details":
            columns.append((header, question, ""))
        if multiple and style.multiple != "summary":
            for code in form.choices[question.list_name]:
                shown = form.label(question, code, style.language) if style.language else code
                columns.append((f"{header}/{shown}", question, code))
    meta = [*_META, *(["meta/rootUuid"] if style.root_uuid else []), "_index"]
    out = [[*(header for header, _, _ in columns), *meta]]
    for number, row in enumerate(rows, start=1):
        known = {"_status": "submitted_via_web", "_index": str(number)} | row
        cells = [_cell(form, question, option, row.get(question.name, ""), style) for _, question, option in columns]
        out.append([*cells, *(known.get(name, "") for name in meta)])
    return out


def _header(form: Form, question: Question, style: Style) -> str:
    if not style.language:
        return "/".join((*question.path, question.name))
    groups = [form.groups[group][style.language] for group in question.path]
    return "/".join((*groups, question.labels.get(style.language, question.name)))


def _cell(form: Form, question: Question, option: str, value: str, style: Style) -> str:
    if option:
        return str(int(option in value.split())) if value else ""
    if not (style.language and question.list_name):
        return value
    known = form.choices[question.list_name]
    # A value the form does not know was typed over by hand: it stays as it is.
    codes = value.split() if question.kind.startswith("select_multiple") else [value]
    return " ".join(form.label(question, code, style.language) if code in known else code for code in codes)


def write_csv(path: Path, rows: list[list[str]], separator: str = ";", bom: bool = True) -> None:
    """Write a CSV file with every cell quoted, as Kobo does."""
    text = io.StringIO()
    csv.writer(text, delimiter=separator, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.getvalue().encode("utf-8-sig" if bom else "utf-8"))


def write_workbook(path: Path, rows: list[list[str]], sheet: str) -> None:
    """Write a workbook with one sheet; numbers become numbers, as in Kobo's workbooks."""
    book = Book()
    book.table(sheet, [[_number(cell) for cell in row] for row in rows])
    book.save(path)


def _number(cell: str) -> str | int | None:
    return int(cell) if cell.isdigit() else cell or None
