"""Finding mapped columns: the header row of a sheet with titles above it, whatever its capitals and accents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from melflow.core.errors import Problem
from melflow.core.names import choose, fold
from melflow.sources.payload import Origin
from melflow.sources.tables import Sheet

_SEARCHED_ROWS = 60  # titles above a header are few; below lies data


@dataclass(frozen=True)
class Header:
    """Where the mapped columns of a sheet are.

    Attributes:
        row: Number of the header row, from 1.
        columns: Meaning -> number of the column, from 0.
        texts: The header row.
        missing: Meanings whose header text is not there.
    """

    row: int
    columns: dict[str, int]
    texts: tuple[str | None, ...]
    missing: tuple[str, ...]


def find_header(sheet: Sheet, mapped: Mapping[str, str]) -> Header:
    """Return the row that has most of the mapped header texts; the first of them when several do."""
    headers = [
        _header(number, sheet.row(number), mapped) for number in range(1, min(sheet.cells.height, _SEARCHED_ROWS) + 1)
    ]
    return max(headers, key=lambda header: len(header.columns), default=Header(1, {}, (), tuple(mapped)))


def _header(number: int, texts: list[str | None], mapped: Mapping[str, str]) -> Header:
    places = {fold(text): place for place, text in reversed(list(enumerate(texts))) if text}
    columns = {meaning: places[fold(text)] for meaning, text in mapped.items() if fold(text) in places}
    return Header(number, columns, tuple(texts), tuple(meaning for meaning in mapped if meaning not in columns))


def missing_columns(
    origin: Origin, missing: Sequence[str], mapped: Mapping[str, str], texts: Sequence[str | None], place: str = ""
) -> list[Problem]:
    """Return a problem for each mapped column that the header does not have."""
    present = [text for text in texts if text]
    problems: list[Problem] = []
    for meaning in missing:
        rule, seen = f"the header has the column mapped to {meaning}", f"no '{mapped[meaning]}'"
        fix = f"Correct the header in the file, or '{meaning}' in sources/{origin.source}.yml."
        problems += origin.error(rule, seen, f"{choose(mapped[meaning], present)} {fix}", place).problems
    return problems
