"""The correction workbook: what both its writer and its reader know of it.

The visible sheet is for a person. A hidden one repeats what may not be changed and carries a signature over it, so
that any change to a protected cell, a line taken out or another partner's file is found when it comes back.
"""

from __future__ import annotations

import hmac
import json
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

#: Columns of the visible sheet, from the left; the first six and the link are protected.
COLUMNS = ("id", "where", "what", "now", "why", "todo", "value", "answer", "note", "link")
OPEN = ("value", "answer", "note")
#: Line of the header, from 1; problems stand below.
HEADER_LINE = 4
HIDDEN = "melflow"
#: Characters of a cell; Excel takes no more than 32,767.
CHUNK = 30_000
CORRECTED, RIGHT, LEAVE_OUT = "corrected", "right", "leave_out"
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ufffe\uffff]")
_LONGEST = 2000  # characters of a protected cell
_WORDS = Path(__file__).parent / "words" / "workbook.yml"


@dataclass(frozen=True)
class Line:
    """One problem as a partner sees it.

    Attributes:
        held_id: The problem.
        value_hash: Of the value that is wrong; None where there is none.
        cells: Text of each protected column, by its name in ``COLUMNS``.
        options: What may be chosen -> what it stands for; empty when anything may be written.
        is_open: Whether it can be put right here.
        can_leave_out: Whether the row may be left out from here.
    """

    held_id: str
    value_hash: str | None
    cells: dict[str, str]
    options: dict[str, str] = field(default_factory=dict)
    is_open: bool = True
    can_leave_out: bool = False


@dataclass(frozen=True)
class Book:
    """What one workbook is about.

    Attributes:
        alliance: Id of the alliance.
        partner: Id of the partner it is for.
        language: Of its words.
        made_on: Day it was written, ISO 8601.
        lines: The problems.
    """

    alliance: str
    partner: str
    language: str
    made_on: str
    lines: tuple[Line, ...]

    @property
    def text(self) -> str:
        """Everything that may not be changed, the same text for the same book."""
        told = vars(self) | {"lines": [vars(line) for line in self.lines]}
        return json.dumps(told, ensure_ascii=False, sort_keys=True)

    @classmethod
    def of(cls, text: str) -> Book:
        """Return the book that a text is of.

        Raises:
            ValueError, KeyError, TypeError: The text is none of ours.
        """
        told: dict[str, Any] = json.loads(text)
        return cls(**told | {"lines": tuple(Line(**line) for line in told["lines"])})


def signature(text: str, key: bytes) -> str:
    """Return HMAC-SHA256 of a book's text, hexadecimal; for nothing else is the key used with these first words."""
    return hmac.digest(key, b"melflow correction workbook\n" + text.encode(), "sha256").hex()


def plain(text: str) -> str:
    """Return the text as a cell shows it and gives it back: on one line, without control characters, not endless."""
    return " ".join(_CONTROL.sub(" ", text).split())[:_LONGEST]


@cache
def words(language: str) -> dict[str, str]:
    """Return the words of the workbook in a language, English for one that is not there."""
    known: dict[str, dict[str, str]] = yaml.safe_load(_WORDS.read_text(encoding="utf-8"))
    return known.get(language[:2], known["en"])
