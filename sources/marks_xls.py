"""Marks of XLS cells, out of the records of the workbook's stream (BIFF8)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import TYPE_CHECKING

from melflow.sources import cell_marks, ole
from melflow.sources.cell_marks import ERROR, ERRORS, NUMBER, TEXT, TRUTH, Marks, Range
from melflow.sources.xlsx_package import BUILT_IN_FORMATS

if TYPE_CHECKING:
    from melflow.sources.workbook import Workbook

_BOF, _EOF, _BOUNDSHEET, _DATEMODE, _FORMAT, _XF = 0x809, 0x0A, 0x85, 0x22, 0x41E, 0xE0
_ROW, _NUMBER, _RK, _MULRK, _FORMULA, _BOOLERR = 0x208, 0x203, 0x27E, 0xBD, 0x06, 0x205
_TEXTS = (0xFD, 0x204, 0xD6)  # shared, plain and rich text
_MERGED, _COLUMNS, _COLUMN_IS_HIDDEN = 0xE5, 0x7D, 0x01
_BIFF8 = 0x0600
_ROW_IS_HIDDEN = 0x20
Cell = tuple[int, int, str, float | None, str | None, bool, str | None]
Value = tuple[str, float | None, str | None]


def read(book: Workbook, sheet: str, exact: frozenset[int], others: frozenset[int]) -> Marks:
    """Return the marks of a sheet's columns; none of a workbook older than Excel 97."""
    stream = ole.stream(book.content, "Workbook")
    if stream is None or len(stream) < 6 or struct.unpack_from("<H", stream, 4)[0] != _BIFF8:
        return Marks()
    codes, styles, place, from_1904 = dict(BUILT_IN_FORMATS), [], None, False
    for kind, data in _records(stream, 0):
        if kind == _BOUNDSHEET and _string(data[6:], "B") == sheet:
            place = struct.unpack_from("<I", data)[0]
        elif kind == _FORMAT:
            codes[struct.unpack_from("<H", data)[0]] = _string(data[2:], "<H")
        elif kind == _XF:
            styles.append(struct.unpack_from("<H", data, 2)[0])
        elif kind == _DATEMODE:
            from_1904 = bool(struct.unpack_from("<H", data)[0])
    if place is None:
        return Marks()
    formats = [None if codes.get(one, "General") == "General" else codes[one] for one in styles]
    return _sheet(stream, place, exact | others, formats, from_1904)


def _sheet(stream: bytes, place: int, columns: frozenset[int], formats: list[str | None], from_1904: bool) -> Marks:
    cells: list[Cell] = []
    hidden: set[int] = set()
    merged: list[Range] = []
    unshown: set[int] = set()
    for kind, data in _records(stream, place):
        if kind == _ROW:
            row, flags = struct.unpack_from("<H10xH", data)
            if flags & _ROW_IS_HIDDEN:
                hidden.add(row + 1)
        elif kind in (_NUMBER, _RK, _MULRK, _FORMULA, _BOOLERR, *_TEXTS):
            row, first = struct.unpack_from("<HH", data)
            for column, style, value in _values(kind, data, first):
                if column in columns:
                    shown = formats[style] if style < len(formats) else None
                    cells.append((row + 1, column, *value, kind == _FORMULA, shown))
        elif kind == _MERGED:
            found = struct.iter_unpack("<4H", data[2 : 2 + 8 * struct.unpack_from("<H", data)[0]])
            merged += [(first + 1, last + 1, left, right) for first, last, left, right in found]
        elif kind == _COLUMNS:
            left, right, flags = struct.unpack_from("<HH4xH", data)
            unshown |= set(range(left, right + 1)) if flags & _COLUMN_IS_HIDDEN else set()
    return Marks(cell_marks.frame(cells), frozenset(hidden), from_1904, tuple(merged), frozenset(unshown))


def _values(kind: int, data: bytes, first: int) -> Iterator[tuple[int, int, Value]]:
    if kind == _MULRK:
        for number in range((len(data) - 6) // 6):
            style, packed = struct.unpack_from("<HI", data, 4 + 6 * number)
            yield first + number, style, (NUMBER, unpacked(packed), None)
        return
    style = struct.unpack_from("<H", data, 4)[0]
    if kind == _NUMBER:
        yield first, style, (NUMBER, struct.unpack_from("<d", data, 6)[0], None)
    elif kind == _RK:
        yield first, style, (NUMBER, unpacked(struct.unpack_from("<I", data, 6)[0]), None)
    elif kind == _FORMULA:
        yield first, style, _result(data[6:14])
    elif kind == _BOOLERR:
        yield first, style, (ERROR, None, ERRORS.get(data[6], "#N/A")) if data[7] else (TRUTH, None, None)
    else:
        yield first, style, (TEXT, None, None)


def _result(stored: bytes) -> Value:
    """Return the value a formula had when the workbook was saved."""
    if stored[6:] != b"\xff\xff":
        return NUMBER, struct.unpack("<d", stored)[0], None
    if stored[0] == 2:
        return ERROR, None, ERRORS.get(stored[2], "#N/A")
    return TRUTH if stored[0] == 1 else TEXT, None, None


def unpacked(packed: int) -> float:
    """Return the number of an RK value: 30 bits of a float or an integer, perhaps in hundredths."""
    if packed & 2:
        value = float((packed >> 2) - (1 << 30 if packed & 0x80000000 else 0))
    else:
        value = struct.unpack("<d", struct.pack("<Q", (packed & 0xFFFFFFFC) << 32))[0]
    return value / 100 if packed & 1 else value


def _records(stream: bytes, place: int) -> Iterator[tuple[int, bytes]]:
    """Yield the records of the substream that starts here, not those of charts inside it."""
    depth = 0
    while place + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, place)
        data = stream[place + 4 : place + 4 + length]
        place += 4 + length
        depth += (kind == _BOF) - (kind == _EOF)
        if depth == 0:
            return
        if depth == 1 and kind != _BOF:
            yield kind, data


def _string(data: bytes, length: str) -> str:
    size = struct.calcsize(length)
    n_signs, is_wide = struct.unpack_from(length, data)[0], data[size] & 1
    text = data[size + 1 : size + 1 + n_signs * (1 + is_wide)]
    return text.decode("utf-16-le" if is_wide else "latin-1")
