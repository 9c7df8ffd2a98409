"""What a column of a published table is, and the columns that all of them share."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl
from polars.datatypes import DataTypeClass

TEXT, INT, NUM, BOOL, DATE = pl.String, pl.Int64, pl.Float64, pl.Boolean, pl.Date


class Column(NamedTuple):
    """One column of a published table.

    Attributes:
        name: Name in the release and in the workbook.
        dtype: Type it is read as.
        unit: Unit and range in words; empty for keys.
        meaning: One sentence for the data dictionary, with the formula number.
        is_value: True for a number that suppression must empty.
    """

    name: str
    dtype: DataTypeClass
    unit: str
    meaning: str
    is_value: bool = True


def key(name: str, meaning: str) -> Column:
    """Return a column of text that names something; it is shown in a suppressed row too."""
    return Column(name, TEXT, "", meaning, is_value=False)


def count(name: str, meaning: str) -> Column:
    """Return a count of rows of files: of forms it is how many answered, or more."""
    return Column(name, INT, "rows", meaning)


PERIOD = key("period_id", "Reporting period in which the answers or exchanges were collected.")
COMMON = (
    Column("is_suppressed", BOOL, "", "True when the row's numbers are withheld.", is_value=False),
    key("n_suppressed_reason", "Why the numbers are withheld (F40)."),
    key("formula_id", "Formulas that made the row, as numbered in the method note."),
    key("publish_level", "Lowest audience the row was agreed for: internal, partners, funder, public."),
)
