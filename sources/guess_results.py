"""Which sheets of a workbook hold results, and how their periods are put together."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Mapping, Sequence

from melflow.sources.guess_columns import Match, Reading, texts
from melflow.sources.guess_text import Line, todo

#: Meanings of columns that only help to put the period together.
HELPERS = ("year", "semester", "quarter", "period")
_YEAR = re.compile(r"(19|20)\d\d")


def lines(best: Reading, every: Iterable[Reading], matches: Mapping[str, Match], periods: Sequence[str]) -> list[Line]:
    """Return the lines of sheets and period.

    Args:
        best: The sheet that fits best.
        every: All readings of the file.
        matches: Its columns.
        periods: Ids of the calendar's periods; empty outside a workspace.
    """
    alike = [one.sheet.name for one in every if one.use is best.use and set(best.use.needed) <= set(one.matches)]
    names = [name for name in alike if name] or [best.sheet.name]
    found: list[Line] = []
    if best.sheet.name:
        are_years = len(names) > 1 and all(_YEAR.fullmatch(name) for name in names)
        sheets = ["20*"] if are_years else names
        found.append(Line("sheets", sheets, "the sheets with these columns" + ": a year each" * are_years))
    pattern = _pattern(best, matches)
    if pattern is None:
        why = "neither a sheet's name nor a column says the period; a period of the calendar serves too"
        return [*found, todo("period", '"{sheet}-H{semester}"', why)]
    return [*found, Line("period", pattern, _fit(pattern, best, matches, periods))]


def helpers(found: Iterable[Line]) -> list[str]:
    """Return the helpers that the period is put together from."""
    pattern = next((str(line.value) for line in found if line.key == "period" and not line.is_open), "")
    return [name for _, name, _, _ in string.Formatter().parse(pattern) if name]


def _pattern(best: Reading, matches: Mapping[str, Match]) -> str | None:
    if "period" in matches:
        return "{period}"
    if "year" in matches:
        year = "{year}"
    elif _YEAR.fullmatch(best.sheet.name):
        year = "{sheet}"
    else:
        return None
    if "semester" in matches:
        return f"{year}-H{{semester}}"
    return f"{year}-Q{{quarter}}" if "quarter" in matches else year


def _fit(pattern: str, best: Reading, matches: Mapping[str, Match], periods: Sequence[str]) -> str:
    if not periods:
        return "how a row's period is put together; compare with the calendar of melflow.toml"
    first = {name: texts(best.body, match.place) for name, match in matches.items() if name in HELPERS}
    values = {name: cells[0].removesuffix(".0") for name, cells in first.items() if cells.len()}
    made = pattern.format_map({"sheet": best.sheet.name, **dict.fromkeys(HELPERS, "?"), **values})
    fits = (
        "which the calendar has" if made in periods else f"which the calendar has not (it has {periods[0]}): correct it"
    )
    return f"gives {made} for the first row, {fits}"
