"""Workbooks of results: titles above the header, a sheet per year, totals and notes among the rows."""

from __future__ import annotations

import string
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import polars as pl

from melflow.core.errors import SourceError
from melflow.core.names import fold
from melflow.sources import canonical, cell_marks, columns, facts, values
from melflow.sources.cell_marks import Marks
from melflow.sources.columns import Header
from melflow.sources.payload import Notes, Origin, Parsed
from melflow.sources.tables import ROW, Sheet, Tables, read_tables, sheet_frame

if TYPE_CHECKING:
    from melflow.core.workspace import SpreadsheetSource

NUMBERS = ("baseline", "target", "actual")
_KEY = ("partner_raw", "indicator_id", "period_raw", "disaggregation")
_SAYS = ("baseline_raw", "target_raw", "actual_raw", "unit", "status", "evidence_class")


def parse(origin: Origin, content: bytes, config: SpreadsheetSource) -> Parsed:
    """Return the results of a workbook, or of a CSV file, which counts as one sheet.

    Raises:
        SourceError: The file cannot be read, or a mapped column is missing.
    """
    tables = read_tables(origin, content)
    chosen = _chosen(origin, tables, config)
    marks = cell_marks.read_marks(content, [sheet.name for sheet, _ in chosen])
    parts = [_Results(sheet, header, tables, marks.get(sheet.name), config) for sheet, header in chosen]
    rows = pl.concat([part.rows for part in parts])
    if config.partner and "partner" not in config.columns:
        rows = rows.with_columns(partner_raw=pl.lit(config.partner))
    notes: Notes = {
        "reader": tables.reader,
        "encoding": tables.encoding,
        "sheets_read": [sheet.name for sheet, _ in chosen if sheet.name],
        "sheets_skipped": [
            sheet.name for sheet in tables.sheets if sheet.name and sheet not in [one for one, _ in chosen]
        ],
        "rows_read": sum(part.read for part in parts),
        "rows_dropped_totals": sum(part.totals for part in parts),
        "rows_dropped_notes": sum(part.notes for part in parts),
        "formulas": int(rows["formula_flag"].sum()),
        "formulas_without_value": int(
            rows.select((pl.col("formula_flag") & pl.col("actual_raw").is_null()).sum()).item()
        ),
        "unmapped_columns": sorted({text for part in parts for text in part.unmapped}),
    }
    rows = rows.with_columns(content_hash=values.joined(*_KEY, *_SAYS), is_current=pl.lit(True))
    return facts.assemble(origin, "src_result", "result_id", "t", rows, values.joined(*_KEY), notes)


def _chosen(origin: Origin, tables: Tables, config: SpreadsheetSource) -> list[tuple[Sheet, Header]]:
    """Return the sheets to read with their headers.

    A sheet that a pattern with * catches by chance (a cover, a list of codes) is passed over when its best row has less
    than half of the mapped columns; one that is named, or nearly fits, must have them all.
    """
    named = [
        sheet for sheet in tables.sheets if not sheet.name or any(_fits(sheet.name, glob) for glob in config.sheets)
    ]
    if not named:
        raise origin.error(
            "the workbook has a sheet that the source reads",
            "the sheets " + ", ".join(sheet.name for sheet in tables.sheets),
            f"Rename the sheet to {' or '.join(config.sheets)}, or correct 'sheets' in sources/{origin.source}.yml.",
        )
    found = [(sheet, columns.find_header(sheet, config.columns)) for sheet in named]
    meant = [
        (sheet, header)
        for sheet, header in found
        if sheet.name in config.sheets or 2 * len(header.columns) >= len(config.columns)
    ]
    if not meant:
        meant = [max(found, key=lambda one: len(one[1].columns))]
    problems = [
        problem
        for sheet, header in meant
        for problem in columns.missing_columns(origin, header.missing, config.columns, header.texts, sheet.name)
    ]
    if problems:
        raise SourceError.all(problems)
    return meant


def _fits(name: str, glob: str) -> bool:
    return fnmatchcase(fold(name), fold(glob))


class _Results:
    """The rows of one sheet as results, and what was dropped to get them."""

    def __init__(
        self, sheet: Sheet, header: Header, tables: Tables, marks: Marks | None, config: SpreadsheetSource
    ) -> None:
        self._sheet, self._header, self._config, self._marks = sheet, header, config, marks
        body = sheet.below(header.row)
        self.unmapped = [
            text for place, text in enumerate(header.texts) if text and place not in header.columns.values()
        ]
        totals = [fold(text).rstrip(" :") for text in config.totals]
        first = values.folded(body.select(pl.coalesce(pl.exclude(ROW))).to_series()).str.strip_chars_end(" :")
        total = first.is_in(totals)
        mapped = body.select(
            ROW, **{meaning: values.filled(pl.col(f"c{place}")) for meaning, place in header.columns.items()}
        )
        given = pl.sum_horizontal(pl.col(meaning).is_not_null() for meaning in header.columns)
        numbers = pl.any_horizontal(pl.col(meaning).is_not_null() for meaning in NUMBERS if meaning in header.columns)
        # a row without indicator but with figures is no note: it goes on, and the checks hold it
        note = mapped.select((pl.col("indicator_id").is_null() & ~numbers) | (given <= 1)).to_series() & ~total
        self.read, self.totals, self.notes = body.height, int(total.sum()), int(note.sum())
        self.rows = self._results(mapped.filter(~total & ~note), tables)

    def _results(self, mapped: pl.DataFrame, tables: Tables) -> pl.DataFrame:
        frame = mapped.with_columns(
            source_sheet=pl.lit(self._sheet.name or None, pl.String),
            period_raw=_period(self._config.period, self._sheet.name),
        )
        exact = sheet_frame(tables.workbook, self._sheet.name, "float") if tables.workbook else None
        for name in NUMBERS:
            frame = self._number(frame, name, exact)
        references = self._references(frame, "actual")
        frame = frame.with_columns(
            cell_ref=pl.when(pl.lit(bool(self._sheet.name)))
            .then(pl.lit(f"{self._sheet.name}!") + references)
            .otherwise(references),
            formula_flag=references.is_in(list(self._marks.formulas)) if self._marks else pl.lit(None, pl.Boolean),
            number_format=references.replace_strict(
                self._marks.formats if self._marks else {}, default=None, return_dtype=pl.String
            ),
            source_row=ROW,
        )
        wanted = canonical.RESULT | canonical.PROVENANCE
        frame = frame.rename({"partner": "partner_raw"}, strict=False)
        return frame.select(
            (pl.col(name) if name in frame.columns else pl.lit(None)).cast(dtype).alias(name)
            for name, dtype in wanted.items()
        )

    def _number(self, frame: pl.DataFrame, name: str, exact: pl.DataFrame | None) -> pl.DataFrame:
        """Parse a column of numbers: a number cell as it is stored, a text cell by the source's decimal sign."""
        if name not in self._header.columns:
            return frame
        spelled = values.number(pl.col(name), self._config.decimal)
        if exact is None:
            return frame.with_columns(spelled.alias(name), pl.col(name).alias(f"{name}_raw"))
        stored = exact[f"c{self._header.columns[name]}"].gather(frame[ROW] - 1).alias("stored")
        texts = (
            self._references(frame, name).is_in(list(self._marks.texts))
            if self._marks
            else pl.Series([False]).new_from_index(0, frame.height)
        )
        is_number = ~texts & stored.is_not_null()
        return frame.with_columns(
            pl.when(is_number).then(stored).otherwise(spelled).alias(name), pl.col(name).alias(f"{name}_raw")
        )

    def _references(self, frame: pl.DataFrame, name: str) -> pl.Series:
        first = self._marks.first_column if self._marks else 0
        letters = cell_marks.column_letters(first + self._header.columns[name])
        return (letters + frame[ROW].cast(pl.String)).alias("reference")


def _period(pattern: str, sheet: str) -> pl.Expr:
    """Return the pattern with {sheet} and mapped cells put in; null where a cell is empty."""
    parts = []
    for text, name, _, _ in string.Formatter().parse(pattern):
        parts.append(pl.lit(text))
        if name == "sheet":
            parts.append(pl.lit(sheet))
        elif name is not None:
            parts.append(pl.col(name).str.replace(r"\.0+$", ""))
    return pl.concat_str(parts)
