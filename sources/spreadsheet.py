"""Workbooks of results: titles above the header, a sheet per year, totals and notes among the rows."""

from __future__ import annotations

import string
from collections.abc import Collection
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import polars as pl

from melflow.core.errors import SourceError
from melflow.core.names import fold
from melflow.sources import canonical, cell_marks, columns, facts, json_table, sheet_body, sniff, values
from melflow.sources.cell_marks import column_letters
from melflow.sources.columns import Header
from melflow.sources.payload import COLUMNS, Origin, Parsed
from melflow.sources.tables import ROW, Sheet, Tables, read_tables

if TYPE_CHECKING:
    from melflow.core.workspace import SpreadsheetSource

NUMBERS = ("baseline", "target", "actual")
_KEY = ("partner_raw", "other_partner_raw", "indicator_id", "period_raw", "disaggregation")
_SAYS = ("baseline_raw", "target_raw", "actual_raw", "unit", "status", "evidence_class")


def parse(origin: Origin, content: bytes, config: SpreadsheetSource) -> Parsed:
    """Return the results of a workbook, or of a CSV file, which counts as one sheet.

    Raises:
        SourceError: The file cannot be read, or a mapped column is missing.
    """
    tables = _tables(origin, content, config)
    chosen, unlike = _chosen(origin, tables, config)
    parts = [_Results(sheet, header, tables, config) for sheet, header in chosen]
    rows = pl.concat([part.rows for part in parts])
    if config.partner and "partner" not in config.columns:
        rows = rows.with_columns(partner_raw=pl.lit(config.partner))
    taken = [part.sheet for part in parts]
    skipped = [sheet for sheet in tables.sheets if sheet not in taken]
    notes = sheet_body.told(tables, [(part.sheet, part.header, part.body) for part in parts], skipped)
    notes |= sheet_body.told_notes([(part.sheet, part.header, part.notes) for part in parts])
    notes["sheets_without_header"] = [sheet.name for sheet in unlike]
    notes[COLUMNS] = {place: letters for part in parts for place, letters in part.columns.items()}
    rows = rows.with_columns(content_hash=values.joined(*_KEY, *_SAYS), is_current=pl.lit(True))
    return facts.assemble(origin, "src_result", "result_id", "t", rows, values.joined(*_KEY), notes)


def _tables(origin: Origin, content: bytes, config: SpreadsheetSource) -> Tables:
    if sniff.kind(origin, content, "text", "json", "workbook", "old workbook") == "json":
        return json_table.table_of_rows(origin, content, config.columns)
    return read_tables(origin, content, config, config.columns.values())


def _chosen(
    origin: Origin, tables: Tables, config: SpreadsheetSource
) -> tuple[list[tuple[Sheet, Header]], list[Sheet]]:
    """Return the sheets to read with their headers, and those a pattern catches that are something else.

    Where the source reads any sheet (*), one whose best row has less than half of the mapped columns is something else
    (a cover, a list of codes): passed over, and said. One that is named, or caught by a narrower pattern, must have
    them all, unless it is blank: its header has changed, and its figures would be missed without a word.
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
    shown = [sheet for sheet in named if config.hidden == "read" or not sheet.hidden]
    if not shown:
        raise origin.error(
            "a sheet that the source reads is not hidden, where the source skips hidden ones",
            "hidden sheets only",
            f"Show the sheet, or take 'hidden: skip' out of sources/{origin.source}.yml.",
        )
    found = [(sheet, columns.find_header(sheet, config.columns)) for sheet in shown]
    meant = [
        (sheet, header)
        for sheet, header in found
        if _is_meant(sheet, config.sheets) or 2 * len(header.columns) >= len(config.columns)
    ]
    if not meant:
        meant = [max(found, key=lambda one: len(one[1].columns))]
    problems = [
        problem
        for sheet, header in meant
        for problem in columns.header_problems(origin, header, config.columns, sheet.name)
    ]
    if problems:
        raise SourceError.all(problems)
    taken = [sheet for sheet, _ in meant]
    return meant, [sheet for sheet in shown if sheet not in taken]


def _is_meant(sheet: Sheet, patterns: Collection[str]) -> bool:
    if sheet.name in patterns:
        return True
    narrow = [glob for glob in patterns if set(glob) != {"*"}]
    return any(_fits(sheet.name, glob) for glob in narrow) and not sheet.is_blank


def _fits(name: str, glob: str) -> bool:
    return fnmatchcase(fold(name), fold(glob))


class _Results:
    """The rows of one sheet as results, and what was dropped to get them."""

    def __init__(self, sheet: Sheet, header: Header, tables: Tables, config: SpreadsheetSource) -> None:
        self.sheet, self.header, self._config = sheet, header, config
        self.body = sheet_body.read_body(tables, sheet, header, config, NUMBERS)
        mapped = self.body.rows
        given = pl.sum_horizontal(pl.col(meaning).is_not_null() for meaning in header.columns)
        numbers = pl.any_horizontal(pl.col(meaning).is_not_null() for meaning in NUMBERS if meaning in header.columns)
        # a row without indicator but with figures is no note: it goes on, and the checks hold it
        rows = mapped.with_columns(
            is_note=(pl.col("indicator_id").is_null() & ~numbers) | (given <= 1) & ~self._only_a_figure()
        )
        self.notes = mapped.filter(rows["is_note"])
        self.rows = self._results(mapped.filter(~rows["is_note"]))

    def _only_a_figure(self) -> pl.Expr:
        """Return whether a row has a number in a column of figures; a remark may stand there as well."""
        names = [name for name in NUMBERS if name in self.header.columns]
        spelled = [values.number(pl.col(name), self._config.decimal).is_not_null() for name in names]
        return pl.any_horizontal(*spelled, *(pl.col(name).eq_missing(sheet_body.WITHOUT_VALUE) for name in names))

    @property
    def columns(self) -> dict[str, str]:
        """Columns as the note says them; that of the period is the one cell its pattern is made of."""
        places = dict(self.header.columns)
        made_of = [name for _, name, _, _ in string.Formatter().parse(self._config.period) if name in places]
        if len(made_of) == 1:
            places["period"] = places[made_of[0]]
        return {f"{self.sheet.name}!{meaning}": column_letters(place) for meaning, place in places.items()}

    def _results(self, mapped: pl.DataFrame) -> pl.DataFrame:
        frame = mapped.with_columns(
            source_sheet=pl.lit(self.sheet.name or None, pl.String),
            period_raw=_period(self._config.period, self.sheet.name),
        )
        marks = {
            name: self.body.marks.of(self.header.columns[name], mapped[ROW])
            for name in NUMBERS
            if name in self.header.columns
        }
        read = [self._number(frame, name, marks[name]) for name in marks]
        frame = frame.with_columns(pl.col(name).alias(f"{name}_raw") for name in marks).with_columns(read)
        place = f"{self.sheet.name}!" * bool(self.sheet.name) + column_letters(self.header.columns["actual"])
        knows = self.sheet.name != ""
        frame = frame.with_columns(
            cell_ref=pl.lit(place) + pl.col(ROW).cast(pl.String),
            formula_flag=marks["actual"]["is_formula"].fill_null(value=False) if knows else pl.lit(None, pl.Boolean),
            number_format=marks["actual"]["format"],
            source_row=ROW,
        )
        wanted = canonical.RESULT | canonical.PROVENANCE
        frame = frame.rename({"partner": "partner_raw", "other_partner": "other_partner_raw"}, strict=False)
        return frame.select(
            (pl.col(name) if name in frame.columns else pl.lit(None)).cast(dtype).alias(name)
            for name, dtype in wanted.items()
        )

    def _number(self, frame: pl.DataFrame, name: str, marks: pl.DataFrame) -> pl.Series:
        """Parse a column of numbers: a number cell as it is stored, a text cell by the source's decimal sign."""
        stored = cell_marks.stored_numbers(marks, frame[name])
        texts = frame.select(pl.when(stored.is_null()).then(pl.col(name)).alias(name)).to_series()
        spelled = values.numbers(texts, self._config.decimal)
        return pl.select(pl.coalesce(stored, spelled).alias(name)).to_series()


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
