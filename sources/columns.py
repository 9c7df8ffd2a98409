"""Finding mapped columns: the header of a sheet with titles above it, in one row or two, by texts or by HXL tags."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from melflow.core.errors import Problem
from melflow.core.names import choose, fold
from melflow.sources import hxl
from melflow.sources.cell_marks import column_letters
from melflow.sources.payload import Origin
from melflow.sources.tables import HEAD_ROWS, Sheet

_SEARCHED_ROWS = HEAD_ROWS - 2  # two rows of tags may follow
_TAGS_BELOW = 2  # rows below a header in which its tags are looked for
_folded = lru_cache(maxsize=16_384)(fold)  # each row at the top may be the lower of two, the upper, or the header alone


@dataclass(frozen=True)
class Header:
    """Where the mapped columns of a sheet are.

    Attributes:
        row: Number of the last row of the header, tags included, from 1; the data lies below.
        columns: Meaning -> number of the column, from 0.
        texts: What stands above each column; the texts of two rows joined.
        missing: Meanings whose header text is not there.
        doubled: Meanings whose header text stands above several columns, and these.
        tags: HXL tags of the columns; empty for a sheet without.
    """

    row: int
    columns: dict[str, int]
    texts: tuple[str | None, ...]
    missing: tuple[str, ...]
    doubled: dict[str, tuple[int, ...]] = field(default_factory=dict)
    tags: tuple[hxl.Tag | None, ...] = ()

    @property
    def last(self) -> int:
        """Number of the last mapped column."""
        return max(self.columns.values(), default=0)

    @property
    def unmapped(self) -> list[str]:
        """Texts above columns that nothing is mapped to, on one line each."""
        mapped = set(self.columns.values())
        return [" ".join(text.split()) for place, text in enumerate(self.texts) if text and place not in mapped]


def find_header(sheet: Sheet, mapped: Mapping[str, str]) -> Header:
    """Return the row, or the two rows, with most of the mapped header texts; the first of them when several have."""
    rows, tagged = _top(sheet)
    best = Header(1, {}, (), tuple(mapped))
    for number in range(1, min(len(rows), _SEARCHED_ROWS) + 1):
        for above in (None, rows[number - 2] if number > 1 else None):
            header = _header(number, rows[number - 1], above, tagged, mapped)
            if len(header.columns) > len(best.columns):
                best = header
    return best


def header_at(sheet: Sheet, number: int, *, two_rows: bool) -> Header:
    """Return the header in this row, or in this and the one above it, with nothing mapped."""
    rows, tagged = _top(sheet)
    return _header(number, rows[number - 1], rows[number - 2] if two_rows else None, tagged, {})


def _top(sheet: Sheet) -> tuple[list[list[str | None]], dict[int, list[hxl.Tag | None]]]:
    """Return the first rows of a sheet, and those of them that hold tags by their number."""
    rows = [sheet.row(number) for number in range(1, min(sheet.head.height, HEAD_ROWS) + 1)]
    return rows, {number: found for number, row in enumerate(rows, 1) if (found := hxl.tags(row)) is not None}


def _header(
    number: int,
    lower: list[str | None],
    above: list[str | None] | None,
    tagged: Mapping[int, list[hxl.Tag | None]],
    mapped: Mapping[str, str],
) -> Header:
    below = next((place for place in range(number, number + _TAGS_BELOW + 1) if place in tagged), None)
    tags = [] if below is None else tagged[below]
    texts = lower if above is None else _joined(above, lower)
    named = [_places(texts), _places(lower)] if above is not None else [_places(texts)]
    found: dict[str, tuple[int, ...]] = {}
    for meaning, text in mapped.items():
        wanted = hxl.tag(text)
        places = _tagged(wanted, tags) if wanted is not None else ()
        found[meaning] = places or next((one[_folded(text)] for one in named if _folded(text) in one), ())
    columns = {meaning: places[0] for meaning, places in found.items() if places}
    missing = tuple(meaning for meaning in mapped if meaning not in columns)
    doubled = {meaning: places for meaning, places in found.items() if len(places) > 1}
    return Header(number if below is None else below, columns, tuple(texts), missing, doubled, tuple(tags))


def _joined(above: list[str | None], lower: list[str | None]) -> list[str | None]:
    """Return the texts of two header rows; a text above stands for the columns to its right up to the next one."""
    texts: list[str | None] = []
    last: str | None = None
    for upper, text in zip(above, lower, strict=True):
        last = upper or last
        texts.append(f"{last} {text}" if last and text else text or upper)
    return texts


def _places(texts: Iterable[str | None]) -> dict[str, tuple[int, ...]]:
    places: dict[str, tuple[int, ...]] = {}
    for place, text in enumerate(texts):
        if text:
            folded = _folded(text)
            places[folded] = (*places.get(folded, ()), place)
    return places


def _tagged(wanted: hxl.Tag, tags: Sequence[hxl.Tag | None]) -> tuple[int, ...]:
    """Return the columns with exactly this tag, else those that have it and more attributes."""
    exact = tuple(place for place, tag in enumerate(tags) if tag == wanted)
    return exact or tuple(place for place, tag in enumerate(tags) if tag is not None and wanted.fits(tag))


def header_problems(origin: Origin, header: Header, mapped: Mapping[str, str], place: str = "") -> list[Problem]:
    """Return a problem for each mapped column that the header does not have, or has more than once."""
    problems = missing_columns(origin, [name for name in header.missing if name in mapped], mapped, header.texts, place)
    for meaning, places in header.doubled.items():
        rule, letters = f"one column is mapped to {meaning}", ", ".join(column_letters(one) for one in places)
        fix = (
            f"Write the texts of both header rows ('2024 target') as '{meaning}' in sources/{origin.source}.yml, "
            f"or rename one of the columns in the file."
        )
        problems += origin.error(rule, f"'{mapped[meaning]}' above the columns {letters}", fix, place).problems
    return problems


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
