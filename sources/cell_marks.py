"""What a cell's value does not show: that it is a formula, a text, or formatted as a percentage. XLSX only.

Read with the standard library's XML parser straight from the zip archive: quick, and no second workbook library.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from xml.parsers import expat

_BUILT_IN_FORMATS = {"0": "General", "1": "0", "2": "0.00", "3": "#,##0", "4": "#,##0.00", "9": "0%", "10": "0.00%"}
Attributes = dict[str, str]


@dataclass
class Marks:
    """The marks of one sheet, by cell reference ("D7").

    Attributes:
        first_column: Number of the first used column, from 0: the reader of values leaves empty ones out.
        formulas: Cells whose value is calculated.
        texts: Cells that hold text, even if it looks like a number.
        formats: Number format of the cells that have one.
    """

    first_column: int = 0
    formulas: set[str] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)
    formats: dict[str, str] = field(default_factory=dict)


def read_marks(content: bytes, sheets: list[str]) -> dict[str, Marks]:
    """Return the marks of the named sheets; a workbook that is not XLSX has none."""
    if not content.startswith(b"PK"):
        return {}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if "xl/workbook.xml" not in archive.namelist():
            return {}
        parts = _parts(archive)
        formats = _formats(archive)
        return {name: _marks(archive.read(parts[name]), formats) for name in sheets if name in parts}


def column_letters(number: int) -> str:
    """Return the letters of a column, from 0: 0 is A, 26 is AA."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _column_number(reference: str) -> int:
    number = 0
    for letter in re.match(r"[A-Z]*", reference)[0]:  # type: ignore[index]  # the pattern always matches
        number = number * 26 + ord(letter) - 64
    return number - 1


def _scan(xml: bytes, start: Callable[[str, Attributes], None]) -> None:
    """Call ``start`` with local name and attributes of every element.

    Raises:
        ValueError: The part declares a document type, which no office program does: entities could unfold to gigabytes.
    """

    def refuse(*_: object) -> None:
        raise ValueError("a part of the workbook has a document type declaration")

    parser = expat.ParserCreate(namespace_separator="}")
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = lambda name, attributes: start(name.rpartition("}")[2], attributes)
    parser.Parse(xml, True)


def _parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Return sheet name -> part of the archive."""
    targets: dict[str, str] = {}
    parts: dict[str, str] = {}

    def relation(name: str, attributes: Attributes) -> None:
        if name == "Relationship":
            targets[attributes["Id"]] = posixpath.normpath(posixpath.join("/xl", attributes["Target"])).lstrip("/")

    def sheet(name: str, attributes: Attributes) -> None:
        if name == "sheet":
            relation_id = next((value for key, value in attributes.items() if key.rpartition("}")[2] == "id"), "")
            parts[attributes["name"]] = targets.get(relation_id, "")

    _scan(archive.read("xl/_rels/workbook.xml.rels"), relation)
    _scan(archive.read("xl/workbook.xml"), sheet)
    names = set(archive.namelist())
    return {name: part for name, part in parts.items() if part in names}


def _formats(archive: zipfile.ZipFile) -> list[str]:
    """Return the number format of each cell style, in the order cells refer to them."""
    codes = dict(_BUILT_IN_FORMATS)
    styles: list[str] = []
    within: list[str] = [""]

    def element(name: str, attributes: Attributes) -> None:
        if name == "numFmt":
            codes[attributes["numFmtId"]] = attributes["formatCode"]
        elif name in ("cellStyleXfs", "cellXfs", "cellStyles"):
            within[0] = name
        elif name == "xf" and within[0] == "cellXfs":
            styles.append(codes.get(attributes.get("numFmtId", "0"), "General"))

    if "xl/styles.xml" in archive.namelist():
        _scan(archive.read("xl/styles.xml"), element)
    return styles


def _marks(xml: bytes, formats: list[str]) -> Marks:
    marks = Marks()
    current = ""
    columns: set[str] = set()

    def element(name: str, attributes: Attributes) -> None:
        nonlocal current
        if name == "c":
            current = attributes.get("r", "")
            style = int(attributes.get("s", 0))
            if attributes.get("t") in ("s", "str", "inlineStr"):
                marks.texts.add(current)
            if style < len(formats) and formats[style] != "General":
                marks.formats[current] = formats[style]
        elif name in ("v", "is", "f"):
            columns.add(current.rstrip("0123456789"))
            if name == "f":
                marks.formulas.add(current)

    _scan(xml, element)
    marks.first_column = min((_column_number(letters) for letters in columns), default=0)
    return marks
