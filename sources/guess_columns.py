"""What the columns of an unknown table may mean: their header against the words people use, and what is in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from melflow.core.names import fold
from melflow.core.registers import REGISTERS
from melflow.sources import columns, hxl, values
from melflow.sources.columns import Header
from melflow.sources.guess_cells import date_formats, number_share
from melflow.sources.tables import Sheet

_WORDS = Path(__file__).with_name("meanings.yml")
_SURE, _FIT = 100.0, 86.0
_LOOKED_AT = 400  # rows below a header that say what is in a column
_FEW_WORDS = 2  # of those people write above columns: a row with less is hardly a header
_TRIED = 4  # rows looked at closely
_NUMBERS = 0.5  # share of numbers from which a row is no header, a column one of numbers
_SHORT = 3  # letters up to which words are compared whole


@dataclass(frozen=True)
class Use:
    """What a table could be read as.

    Attributes:
        connector: Of the source.
        records: The register; empty for the other connectors.
        kinds: Meaning -> how its cells are read.
        needed: Meanings without which it is no such table.
    """

    connector: str
    records: str
    kinds: Mapping[str, str]
    needed: tuple[str, ...]


_RESULT_KINDS = dict.fromkeys(("baseline", "target", "actual"), "number")
_LOG_KINDS = {"occurred_on": "date", "quantity": "number", "from_partner": "partner", "to_partner": "partner"}
USES = (
    Use("spreadsheet", "", _RESULT_KINDS | {"partner": "partner"}, ("indicator_id", "actual")),
    Use("activity_log", "", _LOG_KINDS, ("occurred_on", "from_partner", "to_partner", "kind")),
    *(Use("register", name, register.columns, register.needed) for name, register in REGISTERS.items()),
)


@dataclass(frozen=True)
class Match:
    """A column for a meaning.

    Attributes:
        place: Number of the column, from 0.
        text: The text above it.
        score: How well that fits, to 100.
    """

    place: int
    text: str
    score: float


@dataclass(frozen=True)
class Reading:
    """One way to read a sheet.

    Attributes:
        use: As what.
        sheet: The sheet.
        header: Where its header is, every column mapped under its own number.
        matches: Meaning -> column.
        body: The first rows below.
    """

    use: Use
    sheet: Sheet
    header: Header
    matches: Mapping[str, Match]
    body: pl.DataFrame

    @property
    def worth(self) -> float:
        """How good this way is: needed columns first."""
        needed = sum(self.matches[name].score for name in self.use.needed if name in self.matches)
        others = sum(match.score for name, match in self.matches.items() if name not in self.use.needed)
        lacking = sum(name not in self.matches for name in self.use.needed)
        return 3 * needed / len(self.use.needed) + 0.4 * others - 60 * lacking

    def cells(self, meaning: str) -> pl.Series:
        """Return the filled texts of a meaning's column."""
        return texts(self.body, self.matches[meaning].place)


def readings(sheet: Sheet) -> list[Reading]:
    """Return each use of a sheet with the header and the columns that fit it best."""
    bodies = [(header, sheet.below(header.row).head(_LOOKED_AT)) for header in _headers(sheet)]
    found = []
    for use in USES:
        ways = [_read(use, sheet, header, body) for header, body in bodies]
        found.append(max(ways, key=lambda one: one.worth))
    return found


def kind_of(use: Use, *kinds: str) -> list[str]:
    """Return the meanings whose cells are read in one of these ways."""
    return [meaning for meaning, kind in use.kinds.items() if kind in kinds]


def words(use: Use) -> dict[str, list[str]]:
    """Return the words for each meaning of a use."""
    known = meanings()
    found: dict[str, list[str]] = known["registers"][use.records] if use.records else known[use.connector]
    return found


@cache
def meanings() -> dict[str, Any]:
    """Return ``meanings.yml``."""
    known: dict[str, Any] = yaml.safe_load(_WORDS.read_text(encoding="utf-8"))
    return known


def texts(body: pl.DataFrame, place: int) -> pl.Series:
    """Return the filled texts of a column."""
    if f"c{place}" not in body.columns:
        return pl.Series([], dtype=pl.String)
    return body.select(values.filled(pl.col(f"c{place}"))).to_series().drop_nulls()


def _headers(sheet: Sheet) -> list[Header]:
    """Return the rows, and pairs of rows, that look most like a header: words that people write above columns.

    All of the sheet is searched where the first rows hardly have such words, as it is for the columns of a source.
    """
    top = range(1, min(sheet.head.height, columns.SEARCHED_ROWS) + 1)
    found = _ranked(sheet, top)
    if all(known < _FEW_WORDS for known, *_ in found) and sheet.cells.height > len(top):
        found += _ranked(sheet, [one for one in columns.likely_rows(sheet.cells, _vocabulary()) if one not in top])
    best = sorted(found, key=lambda one: one[:2], reverse=True)[:_TRIED]
    return [header for _, _, header in best] or [Header(1, {}, tuple(sheet.row(1)), ())]


def _ranked(sheet: Sheet, numbers: Iterable[int]) -> list[tuple[int, int, Header]]:
    """Return headers in these rows, each with how many of its texts are known, and how many differ."""
    found: list[tuple[int, int, Header]] = []
    for number in numbers:
        filled = [text for text in sheet.row(number) if text]
        is_tags = hxl.tags(sheet.row(number)) is not None
        if not filled or number_share(pl.Series(filled)) > _NUMBERS or (is_tags and found):
            continue
        for two_rows in (False, True)[: 1 + (number > 1 and not is_tags)]:
            header = columns.header_at(sheet, number, two_rows=two_rows)
            folded = [fold(text.replace("_", " ")) for text in header.texts if text]
            known = sum(text in _vocabulary() for text in folded) + len([tag for tag in header.tags if tag])
            found.append((known, len(set(folded)), header))
    return found


def _read(use: Use, sheet: Sheet, header: Header, body: pl.DataFrame) -> Reading:
    tags = header.tags + (None,) * len(header.texts)
    known = {meaning: tuple(some) for meaning, some in words(use).items()}
    scored = [
        (_score("" if tags[place] and _is_doubled(header, text) else text, tags[place], some), -place, meaning)
        for place, text in enumerate(header.texts)
        if text
        for meaning, some in known.items()
    ]
    matches: dict[str, Match] = {}
    taken: set[int] = set()
    for score, negative, meaning in sorted(scored, reverse=True):
        place = -negative
        if score < _FIT or meaning in matches or place in taken:
            continue
        if _contradicts(texts(body, place), use.kinds.get(meaning, "text")):
            continue
        matches[meaning] = Match(place, _written(header, place), score)
        taken.add(place)
    in_order = dict(sorted(matches.items(), key=lambda one: one[1].place))
    return Reading(use, sheet, header, in_order, body)


def _written(header: Header, place: int) -> str:
    """Return what a source's file writes for a column: the text above it, its tag where others have the same text."""
    text = header.texts[place] or ""
    tag = header.tags[place] if place < len(header.tags) else None
    return str(tag) if tag is not None and _is_doubled(header, text) else " ".join(text.split())


def _is_doubled(header: Header, text: str) -> bool:
    return sum(one is not None and fold(one) == fold(text) for one in header.texts) > 1


@cache
def _score(text: str, tag: hxl.Tag | None, known: tuple[str, ...]) -> float:
    from rapidfuzz import fuzz

    folded = fold(text.replace("_", " "))
    best = 0.0
    for word in known:
        wanted = hxl.tag(word)
        if wanted is not None:
            best = max(best, 90.0 + 5 * len(wanted.attributes) if tag is not None and wanted.fits(tag) else 0.0)
        elif fold(word) == folded:
            return _SURE
        elif min(len(folded), len(word)) > _SHORT:
            best = max(best, fuzz.ratio(fold(word), folded), 0.9 * fuzz.token_set_ratio(fold(word), folded))
    return min(best, _SURE - 1)


@cache
def _vocabulary() -> frozenset[str]:
    return frozenset(fold(word) for use in USES for some in words(use).values() for word in some)


def _contradicts(cells: pl.Series, kind: str) -> bool:
    """Return whether what is in a column cannot be of that kind."""
    if cells.is_empty():
        return False
    if kind == "number":
        return number_share(cells) < _NUMBERS
    if kind == "date":
        return not date_formats(cells)
    return kind in ("partner", "partners") and number_share(cells) > _NUMBERS
