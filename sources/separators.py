"""What separates the cells of a text file: the sign that splits its lines alike and brings out the mapped columns."""

from __future__ import annotations

import csv
import io
import itertools
import sys
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress

from melflow.core.names import fold

# a cell may be as long as its file; the module's own limit of 131,072 signs is for streams nobody holds in memory
csv.field_size_limit(sys.maxsize)

#: The likeliest first where two fit alike: a comma may also be a decimal sign.
SEPARATORS = ("\t", ";", "|", ",")
HEAD_SIGNS = 1 << 20
_RECORDS = 64


def separator(text: str, expected: Iterable[str] = ()) -> str:
    """Return the separator of a table.

    Args:
        text: The file.
        expected: Texts of its header, where somebody said them; the sign that finds most of them wins. Else, and
            where several find as many, the one by which most lines have one and the same number of cells.
    """
    wanted = {ending: whole for whole in expected for ending in endings(whole)}
    found: dict[str, tuple[int, int, int]] = {}
    for sign in SEPARATORS:
        if sign in text[:HEAD_SIGNS]:
            records = _records(text, sign)
            widths = Counter(len(record) for record in records if len(record) > 1)
            width, n_alike = widths.most_common(1)[0] if widths else (1, 0)
            likely = width if n_alike == 1 else -SEPARATORS.index(sign)  # of a header alone: what makes most cells
            found[sign] = _most_found(records, wanted), n_alike, likely
    return max(found, key=lambda sign: found[sign]) if found else ","


def endings(text: str) -> list[str]:
    """Return the folded text and its last words: of two header rows the lower one may hold these alone."""
    words = fold(text).split(" ")
    return [" ".join(words[place:]) for place in range(len(words))]


def _records(text: str, sign: str) -> list[list[str]]:
    records: list[list[str]] = []
    reader = csv.reader(io.StringIO(text[:HEAD_SIGNS]), delimiter=sign)
    with suppress(csv.Error):  # what stands before it tells enough
        records.extend(itertools.islice((one for one in reader if one), _RECORDS))
    return records


def _most_found(records: Iterable[list[str]], wanted: dict[str, str]) -> int:
    if not wanted:
        return 0
    seen = (map(fold, record) for record in records)
    return max((len({wanted[one] for one in record if one in wanted}) for record in seen), default=0)
