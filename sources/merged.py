"""Merged cells below a header: what a person sees over several rows or columns belongs to each of them.

A workbook keeps the text in the first cell and leaves the others blank. They are filled where the row says something
besides; a heading or a remark drawn across a row stays the one cell it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from melflow.sources import values
from melflow.sources.cell_marks import Marks, Range, column_letters
from melflow.sources.tables import ROW

_Cell = tuple[int, int]  # row from 1, column from 0


@dataclass(frozen=True)
class Filled:
    """Rows with the blank parts of merged cells filled.

    Attributes:
        rows: The rows.
        marks: Marks of all cells, a filled one having those of the first of its range.
        places: Ranges that filled a cell, as ``B4:B6``.
        n_cells: How many cells were filled.
    """

    rows: pl.DataFrame
    marks: Marks
    places: list[str]
    n_cells: int


def filled(below: pl.DataFrame, kept: pl.DataFrame, columns: Sequence[int], header: int, marks: Marks) -> Filled:
    """Return the kept rows with merged cells filled down and to the right.

    Args:
        below: All rows below the header, as ``Sheet.below`` gives them.
        kept: Those of them that are read.
        columns: Mapped columns, from 0.
        header: Number of the last row of the header: what is merged there is no data.
        marks: Of the sheet.
    """
    ranges = [one for one in marks.merged if one[0] > header and any(one[2] <= column <= one[3] for column in columns)]
    if not ranges:
        return Filled(kept, marks, [], 0)
    sources = _texts(below, {(row, column) for row, _, column, _ in ranges})
    said = _said(kept, columns, ranges)
    origins: dict[_Cell, _Cell] = {}
    places = []
    for one in sorted(ranges, key=lambda one: (one[0], one[2])):
        first, last, left, right = one
        cells = [
            (row, column)
            for row in range(first, min(last, max(said, default=0)) + 1)
            if said.get(row, frozenset()) - set(range(left, right + 1))
            for column in columns
            if left <= column <= right and (row, column) != (first, left) and column not in said[row]
        ]
        if cells and sources.get((first, left)):
            origins |= dict.fromkeys(cells, (first, left))
            places.append(f"{column_letters(left)}{first}:{column_letters(right)}{last}")
    rows = _written(kept, {cell: sources[origin] for cell, origin in origins.items()})
    return Filled(rows, _marked(marks, origins), places, len(origins))


def _texts(below: pl.DataFrame, cells: set[_Cell]) -> dict[_Cell, str]:
    rows = below.filter(pl.col(ROW).is_in(list({row for row, _ in cells})))
    wanted = [column for column in {column for _, column in cells} if f"c{column}" in rows.columns]
    found = {
        (row, column): text
        for column in wanted
        for row, text in rows.select(ROW, values.filled(pl.col(f"c{column}"))).iter_rows()
    }
    return {cell: found[cell] for cell in cells if found.get(cell)}


def _said(kept: pl.DataFrame, columns: Sequence[int], ranges: Sequence[Range]) -> dict[int, frozenset[int]]:
    """Return the mapped columns with a text in each row that a range touches."""
    touched = pl.any_horizontal(pl.col(ROW).is_between(first, last) for first, last, _, _ in ranges)
    every = sorted(set(columns))
    rows = kept.filter(touched).select(ROW, *(values.filled(pl.col(f"c{column}")).is_not_null() for column in every))
    return {
        row: frozenset(column for column, is_said in zip(every, cells, strict=True) if is_said)
        for row, *cells in rows.iter_rows()
    }


def _written(kept: pl.DataFrame, texts: Mapping[_Cell, str]) -> pl.DataFrame:
    by_column: dict[int, dict[int, str]] = {}
    for (row, column), text in texts.items():
        by_column.setdefault(column, {})[row] = text
    return kept.with_columns(
        pl.coalesce(
            pl.col(ROW).replace_strict(there, default=None, return_dtype=pl.String), pl.col(f"c{column}")
        ).alias(f"c{column}")
        for column, there in by_column.items()
    )


def _marked(marks: Marks, origins: Mapping[_Cell, _Cell]) -> Marks:
    if not origins or marks.cells.is_empty():
        return marks
    moved = pl.DataFrame(
        [(*cell, *origin) for cell, origin in origins.items()],
        schema=dict.fromkeys(("to_row", "to_column", "row", "column"), pl.Int64),
        orient="row",
    )
    copies = moved.join(marks.cells, on=["row", "column"]).with_columns(row="to_row", column="to_column")
    return replace(marks, cells=pl.concat([marks.cells, copies.select(marks.cells.columns)]))
