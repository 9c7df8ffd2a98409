"""Which rows of an XLSX sheet have something in them, by the elements of its part and by no reader of cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from melflow.sources.cell_marks import column_number
from melflow.sources.xlsx_package import scan

if TYPE_CHECKING:
    from melflow.sources.xlsx_package import Attributes, Package


def n_valued(xml: bytes) -> int:
    """Return how many row elements have a value in them, blank texts too; quick, and of ordinary writers only."""
    n_rows, at = 0, xml.find(b"<row ")
    while at >= 0:
        after = xml.find(b"<row ", at + 1)
        end = after if after >= 0 else len(xml)
        n_rows += xml.find(b"<v", at, end) >= 0 or xml.find(b"<is>", at, end) >= 0
        at = after
    return n_rows


def firsts(package: Package, sheet: str) -> list[int | None]:
    """Return the number, from 0, of the first filled cell of each row; None for a blank row.

    A formula that shows nothing, or was saved without its value, fills no cell.

    Raises:
        ValueError: A part declares a document type, or numbers something oddly.
        xml.parsers.expat.ExpatError: A part is no XML.
    """
    texts, rows = _Texts(), _Rows()
    if package.strings:
        scan(package.strings, texts.start, texts.text, texts.end)
    rows.blank = {str(number) for number, says in enumerate(texts.says) if not says}
    scan(package.xml(sheet), rows.start, rows.text, rows.end)
    return [rows.firsts.get(number) for number in range(1, max(rows.firsts, default=0) + 1)]


class _Texts:
    """Whether each of the texts that cells refer to by number says anything."""

    def __init__(self) -> None:
        self.says: list[bool] = []
        self._is_inside = False

    def start(self, name: str, _: Attributes) -> None:
        if name == "si":
            self.says.append(False)
        self._is_inside = name == "t"

    def text(self, _: str) -> None:
        if self._is_inside:
            self.says[-1] = True

    def end(self, _: str) -> None:
        self._is_inside = False


class _Rows:
    """The first filled cell of each row, numbered from 1."""

    def __init__(self) -> None:
        self.blank: set[str] = set()
        self.firsts: dict[int, int] = {}
        self._row, self._column = 0, -1
        self._is_shared = self._is_inside = False
        self._value = ""

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "row":
            self._row, self._column = int(attributes.get("r", self._row + 1)), -1
        elif name == "c":
            reference = attributes.get("r", "")
            self._column = column_number(reference) if reference else self._column + 1
            self._is_shared, self._value = attributes.get("t") == "s", ""
        self._is_inside = name in ("v", "t")  # a value, a text inside the cell

    def text(self, text: str) -> None:
        if self._is_inside:
            self._value += text

    def end(self, name: str) -> None:
        self._is_inside = False
        if name == "c" and self._value and not (self._is_shared and self._value in self.blank):
            self.firsts.setdefault(self._row, self._column)
