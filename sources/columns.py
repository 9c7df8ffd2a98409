"""Finding mapped columns: the header of a sheet with titles above it, in one row or two, by texts or by HXL tags."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache

import polars as pl

from melflow.core.errors import Problem
from melflow.core.names import choose, fold
from melflow.sources import hxl
from melflow.sources.cell_marks import column_letters
from melflow.sources.payload import Origin
from melflow.sources.separators import endings
from melflow.sources.tables import HEAD_ROWS, Sheet

SEARCHED_ROWS = HEAD_ROWS - 2  # two rows of tags may follow
_SURPLUS = 40  # signs of white space that a text of the header may have too many
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
    """Return the row, or the two rows, with most of the mapped header texts; the first of them when several have.

    All of the sheet is searched where the first rows lack one of the texts.
    """
    top = range(1, min(sheet.head.height, SEARCHED_ROWS) + 1)
    best = _best(sheet, top, mapped, Header(1, {}, (), tuple(mapped)))
    if best.missing and sheet.cells.height > len(top):
        best = _best(sheet, likely_rows(sheet.cells, mapped.values()), mapped, best)
    return best


def header_at(sheet: Sheet, number: int, *, two_rows: bool) -> Header:
    """Return the header in this row, or in this and the one above it, with nothing mapped."""
    row = cache(sheet.row)
    return _header(number, row(number), row(number - 1) if two_rows else None, _tags_by(row), {})


def _best(sheet: Sheet, numbers: Iterable[int], mapped: Mapping[str, str], best: Header) -> Header:
    """Return the header in one of these rows that has most of the mapped texts, and more than the best so far."""
    row = cache(sheet.row)
    tags_at = _tags_by(row)
    for number in numbers:
        for above in (None, row(number - 1) if number > 1 else None):
            header = _header(number, row(number), above, tags_at, mapped)
            if len(header.columns) > len(best.columns):
                best = header
    return best


def _tags_by(row: Callable[[int], list[str | None]]) -> Callable[[int], list[hxl.Tag | None] | None]:
    return cache(lambda number: hxl.tags(row(number)))


def likely_rows(cells: pl.DataFrame, texts: Collection[str]) -> list[int]:
    """Return the numbers of the rows that hold most of some texts of a header, or of their last words, in order."""
    wanted = {ending for text in texts for ending in endings(text)}
    tags = [tag for text in texts if (tag := hxl.tag(text)) is not None]
    longest = max(map(len, wanted), default=0) + _SURPLUS
    found = pl.repeat(0, cells.height, dtype=pl.Int64, eager=True)
    for column in cells:
        short = column.unique().drop_nulls()
        short = short.filter((short.str.len_chars() <= longest) & short.str.contains(r"[\p{L}#]"))
        said = [text for text in short if fold(text) in wanted or _is_one_of(text, tags)]
        found += column.is_in(said).fill_null(value=False).cast(pl.Int64)
    ranked = pl.select(number=pl.int_range(1, cells.height + 1), found=found).filter(pl.col("found") > 0)
    return ranked.sort("found", "number", descending=[True, False]).head(SEARCHED_ROWS)["number"].sort().to_list()


def _is_one_of(text: str, tags: Sequence[hxl.Tag]) -> bool:
    seen = hxl.tag(text)
    return seen is not None and any(tag.fits(seen) for tag in tags)


def _header(
    number: int,
    lower: list[str | None],
    above: list[str | None] | None,
    tags_at: Callable[[int], list[hxl.Tag | None] | None],
    mapped: Mapping[str, str],
) -> Header:
    below = next((place for place in range(number, number + _TAGS_BELOW + 1) if tags_at(place) is not None), None)
    tags = (tags_at(below) if below is not None else None) or []
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
        nearest = f"{choose(mapped[meaning], present)} " if present else ""
        problems += origin.error(rule, seen, nearest + fix, place).problems
    return problems
