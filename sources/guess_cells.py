"""What cells of an unknown table say about themselves: how dates and numbers are written, which words total rows."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from melflow.core.names import fold
from melflow.sources import values

#: Ways dates are written, the likelier of two that fit first; an alliance's partners write the day before the month.
_FORMATS = (
    "%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%d %B %Y", "%d %b %Y",
    "%B %d, %Y", "%d-%b-%Y", "%d/%m/%y", "%m/%d/%y", "%m/%Y", "%Y-%m", "%B %Y", "%b %Y", "%Y",
)  # fmt: skip
_CELL = r"^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(\.\d+)?$"
_ENOUGH = 0.6


def date_formats(cells: pl.Series) -> list[str]:
    """Return the formats that together read most of the texts, the commonest first; none where most are no dates.

    Date cells of a workbook and Excel's numbers of days need no format and count as read by ISO.
    """
    texts = cells.rename("text").to_frame()
    of_itself = texts.select(
        pl.col("text").str.contains(_CELL) | values.excel_date(pl.col("text")).is_not_null()
    ).to_series()
    found = ["%Y-%m-%d"] if of_itself.any() else []
    rest = texts.filter(~of_itself)
    while rest.height:
        read = {one: rest.select(values.date(pl.col("text"), (one,))[0].is_not_null()).to_series() for one in _FORMATS}
        best = max(_FORMATS, key=lambda one: (int(read[one].sum()), -_FORMATS.index(one)))
        if not read[best].any():
            break
        found.append(best)
        rest = rest.filter(~read[best])
    if 1 - rest.height / max(cells.len(), 1) < _ENOUGH:
        return []
    return list(dict.fromkeys(found))


def could_swap(cells: pl.Series, formats: Collection[str]) -> bool:
    """Return whether day and month of all dates could be the other way round."""
    swapped = {"%d/%m/%Y": "%m/%d/%Y", "%m/%d/%Y": "%d/%m/%Y", "%d-%m-%Y": "%m-%d-%Y", "%m-%d-%Y": "%d-%m-%Y"}
    for one in formats:
        if one in swapped:
            texts = cells.rename("text").to_frame()
            both = texts.select(
                ours=values.date(pl.col("text"), (one,))[0].is_not_null(),
                theirs=values.date(pl.col("text"), (swapped[one],))[0].is_not_null(),
            )
            if both.filter(pl.col("ours") & ~pl.col("theirs")).is_empty():
                return True
    return False


def number_share(cells: pl.Series) -> float:
    """Return the share of texts that spell a number in any way people write them, from 0 to 1."""
    if cells.is_empty():
        return 0.0
    read = [values.number(pl.col("text"), sign).is_not_null() for sign in (".", ",")]
    found = cells.rename("text").to_frame().select(pl.any_horizontal(one.alias(str(i)) for i, one in enumerate(read)))
    return float(found.to_series().sum()) / cells.len()


def decimal_sign(cells: pl.Series) -> tuple[str, int, int]:
    """Return the likelier decimal sign, and how many numbers can only be read with a comma and with a point."""
    texts = cells.rename("text").to_frame()
    only_comma = r"^[+-]?[\d.\s\u00a0\u202f']*,(\d{1,2}|\d{4,})\s*%?$"
    only_point = r"^[+-]?[\d,\s\u00a0\u202f']*\.(\d{1,2}|\d{4,})\s*%?$"
    n_comma, n_point = (
        int(texts.select(pl.col("text").str.contains(one).sum()).item()) for one in (only_comma, only_point)
    )
    return ("," if n_comma > n_point else "."), n_comma, n_point


def totals(first_cells: pl.Series, known: Collection[str]) -> list[str]:
    """Return the first cells of rows that look like totals, as they are written."""
    wanted = {fold(word) for word in known}
    seen = first_cells.drop_nulls().unique(maintain_order=True)
    return [text.strip().rstrip(" :") for text in seen if fold(text).rstrip(" :") in wanted]
