"""Sheets of text out of CSV and workbook bytes: every cell a string, rows counted as a person counts them."""

from __future__ import annotations

import csv
import io
import itertools
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import polars as pl

from melflow.core.names import fold
from melflow.sources import sniff

if TYPE_CHECKING:
    import fastexcel

    from melflow.sources.payload import Origin

SEPARATORS = (",", ";", "\t", "|")
MAX_UNZIPPED_BYTES = 2 * 1024**3  # a workbook that unfolds to more is a zip bomb or a mistake
ROW = "__row"


@dataclass(frozen=True)
class Sheet:
    """A rectangle of text.

    Attributes:
        name: Sheet name; empty for a CSV file.
        cells: All String columns ``c0``, ``c1``…, first row is row 1 of the file, blank cells are null.
    """

    name: str
    cells: pl.DataFrame

    def row(self, number: int) -> list[str | None]:
        """Return the texts of a row, counted from 1, without surrounding white space; none beyond the last row."""
        if number > self.cells.height:
            return []
        return [value.strip() if value else None for value in self.cells.row(number - 1)]

    def below(self, header: int) -> pl.DataFrame:
        """Return the non-blank rows below the header, white-space cells as null, with their number as ``__row``."""
        frame = self.cells.with_columns(pl.all().replace("", None)).with_row_index(ROW, offset=1).slice(header)
        return frame.filter(pl.any_horizontal(pl.exclude(ROW).is_not_null())).with_columns(pl.col(ROW).cast(pl.Int64))

    def first_row(self) -> int:
        """Return the number of the first row with text, 1 for a sheet without any."""
        filled = self.cells.select(pl.any_horizontal(pl.all().is_not_null())).to_series().arg_true()
        return filled[0] + 1 if len(filled) else 1


@dataclass(frozen=True)
class Tables:
    """All sheets of one payload.

    Attributes:
        sheets: The sheets, in the file's order.
        reader: ``csv`` or ``calamine``.
        encoding: Of a CSV file; empty for a workbook.
        workbook: The opened workbook, for readers that want more than text; None for CSV.
    """

    sheets: tuple[Sheet, ...]
    reader: str
    encoding: str = ""
    workbook: fastexcel.ExcelReader | None = None


def read_tables(origin: Origin, content: bytes) -> Tables:
    """Return the sheets of a CSV file or a workbook.

    Raises:
        SourceError: It is neither, it is empty, cut off, protected or broken.
    """
    if sniff.kind(origin, content, "text", "workbook", "old workbook") == "text":
        text, encoding = decode(content)
        return Tables((Sheet("", _csv(origin, text)),), "csv", encoding)
    return open_workbook(origin, content)


def decode(content: bytes) -> tuple[str, str]:
    """Return text and encoding: UTF-16 by its mark, else UTF-8, else Windows-1252 (Excel's plain CSV)."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace"), "utf-16"
    try:
        return content.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace"), "cp1252"


def separator(text: str) -> str:
    """Return the separator that the first rows are split by most often, outside quotation marks."""
    lines = [line for line in itertools.islice(io.StringIO(text), 20) if line.strip()]
    counts = {sign: sum("".join(line.split('"')[::2]).count(sign) for line in lines) for sign in SEPARATORS}
    return max(SEPARATORS, key=lambda sign: counts[sign])


def _csv(origin: Origin, text: str) -> pl.DataFrame:
    text = text.replace("\r\n", "\n").replace("\r", "\n")  # an old Mac ends lines with \r alone
    sign = separator(text)
    schema = {"c0": pl.String}
    try:
        records = csv.reader(io.StringIO(text), delimiter=sign)
        width = max((len(record) for record in itertools.islice(records, 200)), default=1)
        schema = {f"c{number}": pl.String for number in range(width)}
        return pl.read_csv(
            text.encode(), has_header=False, schema=schema, separator=sign, infer_schema=False, missing_columns="insert"
        )
    except (pl.exceptions.PolarsError, csv.Error):
        return _csv_slowly(origin, text, sign, schema)


def _csv_slowly(origin: Origin, text: str, sign: str, schema: dict[str, type[pl.String]]) -> pl.DataFrame:
    """Read record by record what the fast reader refuses, and name the record that cannot be read."""
    rows = []
    try:
        for number, record in enumerate(csv.reader(io.StringIO(text), delimiter=sign, strict=True), 1):
            if any(cell.strip() for cell in record[len(schema) :]):
                raise origin.error(
                    "every row has as many cells as the header",
                    f"{len(record)} cells where the header has {len(schema)}",
                    "A text in this row contains the separator: put quotation marks around it, or export again.",
                    f"row {number}",
                )
            rows.append([*record[: len(schema)], *[""] * (len(schema) - len(record))])
    except csv.Error as error:
        raise origin.error(
            "quotation marks come in pairs",
            f"text that a quotation mark opens and nothing closes, after row {len(rows)}",
            "Close the quotation mark in that row, or export the file again; it may be cut off.",
        ) from error
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(pl.all().replace("", None))


def open_workbook(origin: Origin, content: bytes) -> Tables:
    """Return the sheets of a workbook as text.

    Raises:
        SourceError: The workbook is cut off, too large when unfolded, or broken.
    """
    import fastexcel

    _refuse_damaged(origin, content)
    name = ""
    sheets = []
    try:
        workbook = fastexcel.read_excel(content)
        for name in workbook.sheet_names:
            sheets.append(Sheet(name, sheet_frame(workbook, name, "string")))
    except fastexcel.FastExcelError as error:
        raise origin.error(
            "every sheet of a workbook can be read",
            "a broken sheet" if name else "a broken workbook",
            "Open it in Excel or LibreOffice, save it as XLSX, send it again.",
            name,
        ) from error
    return Tables(tuple(sheets), "calamine", workbook=workbook)


def sheet_frame(workbook: fastexcel.ExcelReader, name: str, dtype: Literal["string", "float"]) -> pl.DataFrame:
    """Return a sheet from its first row on, every cell as ``string`` or as ``float`` (null where it is none)."""
    sheet = workbook.load_sheet(name, header_row=None, skip_rows=0, dtypes=dtype)
    frame: pl.DataFrame = sheet.to_polars()
    return frame.rename({old: f"c{number}" for number, old in enumerate(frame.columns)})


def _refuse_damaged(origin: Origin, content: bytes) -> None:
    if not content.startswith(b"PK"):
        return
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            size = sum(member.file_size for member in archive.infolist())
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise origin.error(
            "a workbook is complete",
            f"a workbook cut off after {len(content)} bytes",
            "The copy was interrupted: send or download the file again.",
        ) from error
    if size > MAX_UNZIPPED_BYTES:
        raise origin.error(
            f"a workbook unfolds to at most {MAX_UNZIPPED_BYTES // 1024**2} MB",
            f"{size // 1024**2} MB",
            "Delete unused sheets and formatting far below the data, or split the workbook.",
        )
    if not any(name.lower().startswith(("xl/", "content.xml")) for name in names):
        raise origin.error(
            "a workbook is an XLSX or ODS file",
            "a zip archive of something else",
            "Take the files out of the archive, and put the workbook itself in the folder.",
        )


def texts_equal(left: str | None, right: str | None) -> bool:
    """Return whether two texts are the same but for case, accents and white space."""
    return left is not None and right is not None and fold(left) == fold(right)
