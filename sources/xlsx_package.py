"""What an XLSX archive says about itself: which part is which sheet, hidden sheets, the year its dates count from."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from xml.parsers import expat

Attributes = dict[str, str]
_BUILT_IN_FORMATS = {
    "0": "General", "1": "0", "2": "0.00", "3": "#,##0", "4": "#,##0.00", "9": "0%", "10": "0.00%", "11": "0.00E+00",
    "12": "# ?/?", "13": "# ??/??", "14": "mm-dd-yy", "15": "d-mmm-yy", "16": "d-mmm", "17": "mmm-yy",
    "18": "h:mm AM/PM",
    "19": "h:mm:ss AM/PM", "20": "h:mm", "21": "h:mm:ss", "22": "m/d/yy h:mm", "37": "#,##0 ;(#,##0)",
    "38": "#,##0 ;[Red](#,##0)", "39": "#,##0.00;(#,##0.00)", "40": "#,##0.00;[Red](#,##0.00)", "45": "mm:ss",
    "46": "[h]:mm:ss", "47": "mmss.0", "48": "##0.0E+0", "49": "@",
}  # fmt: skip
BUILT_IN_FORMATS = {int(key): code for key, code in _BUILT_IN_FORMATS.items()}
_LONG_PART_BYTES = 4 * 1024**2
_ROW_END = re.compile(rb"</(?:\w+:)?row>")


@dataclass(frozen=True)
class Package:
    """An XLSX archive.

    Attributes:
        content: Its bytes.
    """

    content: bytes
    _read: dict[str, bytes] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def _archive(self) -> zipfile.ZipFile:
        return zipfile.ZipFile(io.BytesIO(self.content))

    @cached_property
    def parts(self) -> dict[str, str]:
        """Sheet name -> part of the archive."""
        targets: dict[str, str] = {}
        parts: dict[str, str] = {}

        def relation(name: str, attributes: Attributes) -> None:
            if name == "Relationship":
                targets[attributes["Id"]] = posixpath.normpath(posixpath.join("/xl", attributes["Target"])).lstrip("/")

        def sheet(name: str, attributes: Attributes) -> None:
            if name == "sheet":
                relation_id = next((value for key, value in attributes.items() if key.rpartition("}")[2] == "id"), "")
                parts[attributes["name"]] = targets.get(relation_id, "")

        scan(self._archive.read("xl/_rels/workbook.xml.rels"), relation)
        scan(self._archive.read("xl/workbook.xml"), sheet)
        names = set(self._archive.namelist())
        return {name: part for name, part in parts.items() if part in names}

    @cached_property
    def counts_from_1904(self) -> bool:
        """Whether the dates count from 1904, as those of old Macs do."""
        found: list[bool] = []

        def element(name: str, attributes: Attributes) -> None:
            if name == "workbookPr":
                found.append(attributes.get("date1904", "0") in ("1", "true", "on"))

        scan(self._archive.read("xl/workbook.xml"), element)
        return any(found)

    @cached_property
    def formats(self) -> list[str]:
        """Number format of each cell style, in the order cells refer to them."""
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

        if "xl/styles.xml" in self._archive.namelist():
            scan(self._archive.read("xl/styles.xml"), element)
        return styles

    @property
    def strings(self) -> bytes:
        """The part of texts that cells refer to by number; empty where there is none."""
        part = "xl/sharedStrings.xml"
        return self._archive.read(part) if part in self._archive.namelist() else b""

    def xml(self, sheet: str) -> bytes:
        """Return the part of a sheet, read once."""
        if sheet not in self._read:
            self._read[sheet] = self._archive.read(self.parts[sheet])
        return self._read[sheet]

    def is_long(self, sheet: str) -> bool:
        """Return whether reading the sheet's first rows alone saves time."""
        part = self.parts.get(sheet)
        return part is not None and self._archive.getinfo(part).file_size > _LONG_PART_BYTES

    def cut(self, sheet: str, n_rows: int) -> bytes | None:
        """Return a copy of the archive whose sheet ends after some rows; None where the rows cannot be told apart."""
        part = self.parts[sheet]
        with self._archive.open(part) as stream:
            start = stream.read(_LONG_PART_BYTES // 4)
        ends = [match.end() for match in _ROW_END.finditer(start)][:n_rows]
        if not ends or b"<sheetData" not in start:
            return None
        copy = io.BytesIO()
        with zipfile.ZipFile(copy, "w") as out:
            for name in self._archive.namelist():
                if name == part:
                    out.writestr(name, start[: ends[-1]] + b"</sheetData></worksheet>")
                elif not name.startswith("xl/worksheets/") and not name.endswith("/"):
                    out.writestr(name, self._archive.read(name))
        return copy.getvalue()


def scan(xml: bytes, start: Callable[[str, Attributes], None], text: Callable[[str], None] | None = None,
         end: Callable[[str], None] | None = None) -> None:  # fmt: skip
    """Call ``start`` with local name and attributes of every element, ``text`` and ``end`` with what follows.

    Raises:
        ValueError: The part declares a document type, which no office program does: entities could unfold to gigabytes.
    """

    def refuse(*_: object) -> None:
        raise ValueError("a part of the workbook has a document type declaration")

    parser = expat.ParserCreate(namespace_separator="}")
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = lambda name, attributes: start(name.rpartition("}")[2], attributes)
    if text is not None:
        parser.CharacterDataHandler = text
        parser.buffer_text = True
    if end is not None:
        parser.EndElementHandler = lambda name: end(name.rpartition("}")[2])
    parser.Parse(xml, True)
