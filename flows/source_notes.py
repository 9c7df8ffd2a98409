"""What readers noted of the payloads of a source, in plain words: what was seen, where, and what to do about it.

Readers count and name (``raw.load.notes``); here every note becomes a sentence for the data officer, or is declared
silent with the reason. A note that is neither would be lost: a test finds it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from melflow.flows.note_words import WORDS, Words

if TYPE_CHECKING:
    import polars as pl

_NAMES = 10  # names in a sentence, and places of a note, that are listed
_USUAL_ENCODINGS = ("", "utf-8", "utf-8-sig")


@dataclass(frozen=True)
class Note:
    """One thing that was seen in the payloads of a source.

    Attributes:
        what: Its name in ``raw.load.notes``.
        n: How many rows, cells, sheets or names it is about.
        sentence: What was seen.
        places: Where: file, sheet and cell, as far as they were noted; the first of them.
        n_places: How many places there are.
        fix: What to do.
        is_info: Good to know, and nothing to be looked at.
        is_loss: Answers that came are in no figure.
    """

    what: str
    n: int
    sentence: str
    places: tuple[str, ...]
    n_places: int
    fix: str
    is_info: bool = False
    is_loss: bool = False


@dataclass
class _Seen:
    n: int = 0
    names: dict[str, None] = field(default_factory=dict)
    places: dict[str, None] = field(default_factory=dict)


def told(loads: pl.DataFrame, source: str) -> list[Note]:
    """Return what was noted of a source, what somebody should look at first.

    Args:
        loads: Table ``load`` of the status copy.
        source: Name of the source.
    """
    seen: dict[str, _Seen] = defaultdict(_Seen)
    mine = loads.filter(source=source, state="loaded").sort("origin", "load_id")
    for origin, text in mine.select("origin", "notes").iter_rows():
        notes: dict[str, Any] = json.loads(text or "{}")
        for what, value in notes.items():
            if what in WORDS and value and not _is_usual(what, value):
                _add(seen[what], origin, value, notes, WORDS[what])
    found = [_note(what, one, WORDS[what], source) for what, one in seen.items()]
    order = {what: number for number, what in enumerate(WORDS)}
    return sorted(found, key=lambda note: (note.is_info, order[note.what]))


def _is_usual(what: str, value: Any) -> bool:
    return what == "encoding" and value in _USUAL_ENCODINGS


def _add(seen: _Seen, origin: str, value: Any, notes: dict[str, Any], words: Words) -> None:
    """Add what one payload says: a number, a name, or names that may be places in it."""
    names = list(notes.get(words.names, ())) if words.names else [value] if isinstance(value, str) else []
    if isinstance(value, list | dict):
        names += list(map(str, value))
    seen.n += value if isinstance(value, int) else sum(value.values()) if isinstance(value, dict) else len(names)
    seen.names |= dict.fromkeys(names)
    inside = names if words.are_places else notes.get(words.at, [])
    seen.places |= dict.fromkeys([f"{origin}!{place}".replace("!!", "!") for place in inside] or [origin])


def _note(what: str, seen: _Seen, words: Words, source: str) -> Note:
    names = list(seen.names)
    said = ", ".join(names[:_NAMES]) + (f" and {len(names) - _NAMES} more" if len(names) > _NAMES else "")
    places = list(seen.places)
    sentence = words.sentence.format(n=seen.n, names=said, source=source)
    fix = words.fix.format(source=source)
    return Note(what, seen.n, sentence, tuple(places[:_NAMES]), len(places), fix, words.is_info, words.is_loss)
