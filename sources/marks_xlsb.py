"""Marks of XLSB cells, out of the binary parts of the archive."""

from __future__ import annotations

import io
import posixpath
import struct
import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING

from melflow.sources import cell_marks
from melflow.sources.cell_marks import ERROR, ERRORS, NUMBER, TEXT, TRUTH, Marks, Range
from melflow.sources.marks_xls import Cell, Value, unpacked
from melflow.sources.xlsx_package import BUILT_IN_FORMATS, Attributes, scan

if TYPE_CHECKING:
    from melflow.sources.workbook import Workbook

_ROW, _RK, _ERROR, _BOOL, _REAL, _TEXTS = 0, 2, 3, 4, 5, (6, 7)
_F_TEXT, _F_REAL, _F_BOOL, _F_ERROR = 8, 9, 10, 11
_SHEET, _PROPERTIES, _FORMAT, _STYLE, _STYLES_START, _STYLES_END = 156, 153, 44, 47, 617, 618
_MERGED, _COLUMNS = 176, 60
_ROW_IS_HIDDEN, _COLUMN_IS_HIDDEN = 0x10, 0x01


def read(book: Workbook, sheet: str, exact: frozenset[int], others: frozenset[int]) -> Marks:
    """Return the marks of a sheet's columns."""
    with zipfile.ZipFile(io.BytesIO(book.content)) as archive:
        relation, from_1904 = _declared(archive.read("xl/workbook.bin"), sheet)
        part = _targets(archive).get(relation, "")
        names = archive.namelist()
        if part not in names:
            return Marks()
        formats = _formats(archive.read("xl/styles.bin")) if "xl/styles.bin" in names else []
        content = archive.read(part)
    cells: list[Cell] = []
    hidden: set[int] = set()
    merged: list[Range] = []
    unshown: set[int] = set()
    row = 0
    for kind, data in _records(content):
        if kind == _ROW:
            row = struct.unpack_from("<I", data)[0] + 1
            if data[11] & _ROW_IS_HIDDEN:
                hidden.add(row)
        elif _RK <= kind <= _F_ERROR:
            column, style = struct.unpack_from("<II", data)
            style &= 0xFFFFFF
            if column in exact or column in others:
                shown = formats[style] if style < len(formats) else None
                cells.append((row, column, *_value(kind, data[8:]), kind >= _F_TEXT, shown))
        elif kind == _MERGED:
            first, last, left, right = struct.unpack_from("<4I", data)
            merged.append((first + 1, last + 1, left, right))
        elif kind == _COLUMNS:
            left, right, flags = struct.unpack_from("<II8xH", data)
            unshown |= set(range(left, right + 1)) if flags & _COLUMN_IS_HIDDEN else set()
    return Marks(cell_marks.frame(cells), frozenset(hidden), from_1904, tuple(merged), frozenset(unshown))


def _value(kind: int, data: bytes) -> Value:
    if kind == _RK:
        return NUMBER, unpacked(struct.unpack_from("<I", data)[0]), None
    if kind in (_REAL, _F_REAL):
        return NUMBER, struct.unpack_from("<d", data)[0], None
    if kind in (_ERROR, _F_ERROR):
        return ERROR, None, ERRORS.get(data[0], "#N/A")
    if kind in (_BOOL, _F_BOOL):
        return TRUTH, None, None
    return TEXT, None, None


def _declared(content: bytes, sheet: str) -> tuple[str, bool]:
    """Return the relation of a sheet, and whether dates count from 1904."""
    relation, from_1904 = "", False
    for kind, data in _records(content):
        if kind == _PROPERTIES:
            from_1904 = bool(data[0] & 1)
        elif kind == _SHEET:
            identity, end = _string(data, 8)
            if _string(data, end)[0] == sheet:
                relation = identity
    return relation, from_1904


def _targets(archive: zipfile.ZipFile) -> dict[str, str]:
    targets: dict[str, str] = {}

    def relation(name: str, attributes: Attributes) -> None:
        if name == "Relationship":
            targets[attributes["Id"]] = posixpath.normpath(posixpath.join("/xl", attributes["Target"])).lstrip("/")

    scan(archive.read("xl/_rels/workbook.bin.rels"), relation)
    return targets


def _formats(content: bytes) -> list[str | None]:
    codes, styles, inside = dict(BUILT_IN_FORMATS), [], False
    for kind, data in _records(content):
        if kind == _FORMAT:
            codes[struct.unpack_from("<H", data)[0]] = _string(data, 2)[0]
        elif kind in (_STYLES_START, _STYLES_END):
            inside = kind == _STYLES_START
        elif kind == _STYLE and inside:
            styles.append(struct.unpack_from("<H", data, 2)[0])
    return [None if codes.get(one, "General") == "General" else codes[one] for one in styles]


def _string(data: bytes, place: int) -> tuple[str, int]:
    length = struct.unpack_from("<I", data, place)[0]
    end = place + 4 + 2 * length
    return data[place + 4 : end].decode("utf-16-le"), end


def _records(content: bytes) -> Iterator[tuple[int, bytes]]:
    place = 0
    while place < len(content):
        kind, place = _packed(content, place, 2)
        length, place = _packed(content, place, 4)
        yield kind, content[place : place + length]
        place += length


def _packed(content: bytes, place: int, most: int) -> tuple[int, int]:
    """Return an integer in bytes of seven bits, and the place behind it."""
    value = 0
    for number in range(most):
        byte = content[place + number]
        value |= (byte & 0x7F) << (7 * number)
        if not byte & 0x80:
            return value, place + number + 1
    return value, place + most
