"""Marks of XLSX cells, out of the sheet's XML: by a pattern where the writer is an ordinary one, else by element."""

from __future__ import annotations

import itertools
import re
import string
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import polars as pl

from melflow.sources import cell_marks
from melflow.sources.cell_marks import EMPTY, ERROR, NUMBER, TEXT, TRUTH, Marks, Range
from melflow.sources.xlsx_package import Attributes, Package, scan

if TYPE_CHECKING:
    from melflow.sources.workbook import Workbook

_KINDS = {"s": TEXT, "str": TEXT, "inlineStr": TEXT, "e": ERROR, "b": TRUTH, "n": NUMBER, "d": TEXT}
_ATTRIBUTE = re.compile(rb'\b([st])="([^"]*)"')
_ROW = re.compile(rb"<row ([^>]*)>")
_ROW_NUMBER = re.compile(rb'\br="(\d+)"')
_HIDDEN = re.compile(rb'\bhidden="(?:1|true)"')
_COLUMN = re.compile(rb"<col ([^>]*)>")
_COLUMN_SPAN = re.compile(rb'\bm(?:in|ax)="(\d+)"')
_MERGED = re.compile(rb'<mergeCell [^>]*?\bref="([A-Z]+\d+:[A-Z]+\d+)"')
_TRUE = ("1", "true")
_ODD_SIGNS = (re.compile(rb't="e"'), re.compile(rb"<f"))  # an alternation of both takes ten times as long
_FEW = 0.02  # share of odd cells up to which looking at each is quicker than looking through all
_ANY, _ODD = b"", rb'(?=[^>]*t="e"|[^>]*><f)'  # every cell; errors and formulas


def read(book: Workbook, sheet: str, exact: frozenset[int], others: frozenset[int]) -> Marks:
    """Return the marks of a sheet's columns."""
    package = book.package
    if package is None or sheet not in package.parts:
        return Marks()
    xml = package.xml(sheet)
    if b"<!DOCTYPE" in xml[:4096]:
        raise ValueError("a part of the workbook has a document type declaration")
    n_cells = xml.count(b"<c ")
    if n_cells and n_cells == xml.count(b'<c r="') and b"<![CDATA[" not in xml:
        cells = [_by_pattern(xml, package, exact, _ANY), _odd(xml, package, others - exact, n_cells)]
        merged = tuple(_range(found.decode()) for found in _MERGED.findall(xml, max(xml.rfind(b"</sheetData"), 0)))
        return Marks(pl.concat(cells), _hidden(xml), package.counts_from_1904, merged, _hidden_columns(xml))
    return _by_element(xml, package, exact | others)


def _odd(xml: bytes, package: Package, columns: frozenset[int], n_cells: int) -> pl.DataFrame:
    """Return the cells with errors or formulas; where they are few, from their signs back to the cell around each."""
    most = int(n_cells * _FEW) + 1
    signs = (found.start() for sign in _ODD_SIGNS for found in sign.finditer(xml))
    places = list(itertools.islice(signs, most)) if columns else []
    if len(places) == most:
        return _by_pattern(xml, package, columns, _ODD)
    if not places:
        return cell_marks.frame(())
    starts = sorted({xml.rfind(b"<c ", 0, place + 1) for place in places})
    cell = _cell(columns, _ODD)
    matched = (cell.match(xml, start) for start in starts if start >= 0)
    return _cells([one.groups(b"") for one in matched if one], package, columns)


def _by_pattern(xml: bytes, package: Package, columns: frozenset[int], wanted: bytes) -> pl.DataFrame:
    return _cells(_cell(columns, wanted).findall(xml) if columns else [], package, columns)


def _cell(columns: frozenset[int], wanted: bytes) -> re.Pattern[bytes]:
    letters = "|".join(cell_marks.column_letters(column) for column in sorted(columns)).encode()
    return re.compile(
        rb'<c r="('
        + letters
        + rb')(\d+)"'
        + wanted
        + rb"([^>]*)>(<f(?:[^>]*/>|[^>]*>[^<]*</f>))?(?:<v[^>]*>([^<]*)</v>|(<is>))?"
    )


def _cells(found: Sequence[tuple[bytes, ...]], package: Package, columns: frozenset[int]) -> pl.DataFrame:
    if not found:
        return cell_marks.frame(())
    names = ("letters", "row", "attributes", "formula", "value", "inline")
    cells = pl.DataFrame(
        {name: pl.Series(part, dtype=pl.Binary) for name, part in zip(names, zip(*found, strict=True), strict=True)}
    ).with_columns(pl.exclude("attributes").cast(pl.String))
    looks = {raw: _look(raw, package.formats) for raw in cells["attributes"].unique()}
    looked = pl.DataFrame(
        [(raw, *look) for raw, look in looks.items()],
        schema={"attributes": pl.Binary, "kind": pl.String, "format": pl.String},
        orient="row",
    )
    numbers = {cell_marks.column_letters(column): column for column in columns}
    filled = (pl.col("value") != "") | (pl.col("inline") != "") | (pl.col("formula") != "")
    cells = cells.filter(filled).join(looked, on="attributes", maintain_order="left")
    is_empty = (pl.col("value") == "") & (pl.col("kind") == NUMBER)  # a text may be empty: a formula that shows nothing
    kind = pl.when(is_empty).then(pl.lit(EMPTY)).otherwise("kind")
    cells = cells.with_columns(kind.alias("kind"))
    return cells.select(
        pl.col("row").cast(pl.Int64),
        pl.col("letters").replace_strict(numbers, return_dtype=pl.Int64).alias("column"),
        "kind",
        pl.when(kind=NUMBER).then(pl.col("value").str.strip_chars()).cast(pl.Float64, strict=False).alias("number"),
        pl.when(kind=ERROR).then("value").alias("error"),
        (pl.col("formula") != "").alias("is_formula"),
        "format",
    )


def _look(attributes: bytes, formats: list[str]) -> tuple[str, str | None]:
    found = {key.decode(): value.decode() for key, value in _ATTRIBUTE.findall(attributes)}
    return _KINDS.get(found.get("t", "n"), TEXT), _format(found.get("s", "0"), formats)


def _format(style: str, formats: list[str]) -> str | None:
    code = formats[int(style)] if int(style) < len(formats) else "General"
    return None if code == "General" else code


def _hidden(xml: bytes) -> frozenset[int]:
    if b"hidden=" not in xml:
        return frozenset()
    hidden = (_ROW_NUMBER.search(attributes) for attributes in _ROW.findall(xml) if _HIDDEN.search(attributes))
    return frozenset(int(number[1]) for number in hidden if number)


def _hidden_columns(xml: bytes) -> frozenset[int]:
    head = xml[: xml.find(b"<sheetData")]
    spans = [_COLUMN_SPAN.findall(attributes) for attributes in _COLUMN.findall(head) if _HIDDEN.search(attributes)]
    return _spanned((int(span[0]), int(span[-1])) for span in spans if span)


def _spanned(spans: Iterable[tuple[int, int]]) -> frozenset[int]:
    """Return the numbers from 0 of columns counted from 1."""
    return frozenset(number - 1 for one in spans for number in range(min(one), max(one) + 1))


def _range(reference: str) -> Range:
    """Return B4:C6 in numbers."""
    first, _, last = reference.partition(":")
    rows = [int(one.lstrip(string.ascii_uppercase)) for one in (first, last)]
    return rows[0], rows[1], cell_marks.column_number(first), cell_marks.column_number(last)


def _by_element(xml: bytes, package: Package, columns: frozenset[int]) -> Marks:
    """Read what the pattern cannot: namespaces with a prefix, cells that do not say where they are."""
    walk = _Walk(package.formats, columns)
    scan(xml, walk.start, walk.text, walk.end)
    cells, hidden = cell_marks.frame(walk.cells), frozenset(walk.hidden)
    return Marks(cells, hidden, package.counts_from_1904, tuple(walk.merged), _spanned(walk.hidden_columns))


class _Walk:
    def __init__(self, formats: list[str], columns: frozenset[int]) -> None:
        self.cells: list[tuple[int, int, str, float | None, str | None, bool, str | None]] = []
        self.hidden: set[int] = set()
        self.merged: list[Range] = []
        self.hidden_columns: list[tuple[int, int]] = []
        self._formats, self._columns = formats, columns
        self._row, self._column = 0, -1
        self._attributes: Attributes = {}
        self._value, self._inside = "", ""
        self._has_formula = self._has_value = False

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "row":
            self._row = int(attributes.get("r", self._row + 1))
            self._column = -1
            if attributes.get("hidden") in _TRUE:
                self.hidden.add(self._row)
        elif name == "col" and attributes.get("hidden") in _TRUE:
            self.hidden_columns.append((int(attributes["min"]), int(attributes["max"])))
        elif name == "mergeCell" and ":" in attributes.get("ref", ""):
            self.merged.append(_range(attributes["ref"]))
        elif name == "c":
            reference = attributes.get("r", "")
            self._column = cell_marks.column_number(reference) if reference else self._column + 1
            self._attributes, self._value = attributes, ""
            self._has_formula = self._has_value = False
        elif name in ("f", "v", "is"):
            self._inside = name
            self._has_formula |= name == "f"
            self._has_value |= name == "is"

    def text(self, text: str) -> None:
        if self._inside == "v":
            self._value += text
            self._has_value = True

    def end(self, name: str) -> None:
        if name == "c" and self._column in self._columns and (self._has_formula or self._has_value):
            kind = _KINDS.get(self._attributes.get("t", "n"), TEXT)
            kind = EMPTY if kind == NUMBER and not self._has_value else kind
            number = _number(self._value) if kind == NUMBER else None
            error = self._value if kind == ERROR else None
            shown = _format(self._attributes.get("s", "0"), self._formats)
            self.cells.append((self._row, self._column, kind, number, error, self._has_formula, shown))
        elif name in ("f", "v", "is"):
            self._inside = ""


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
