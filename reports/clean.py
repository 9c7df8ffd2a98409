"""Signs no format of an edition has a place for, taken out of every text before anything is drawn."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

import polars as pl

T = TypeVar("T")
#: Controls but tab and line break, marks that turn the order of what follows, halves of letters, and what Unicode
#: says is no letter in the first plane. XML has no place for most of them, and no font a form for the rest.
_SIGNS = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufffe\uffff"
_TEXT = re.compile(rf"[{_SIGNS}\ud800-\udfff]")
#: The same as a table's engine writes it; it holds no halves of letters.
_COLUMN = "[" + re.sub(r"\\[xu]([0-9a-f]+)", r"\\x{\1}", _SIGNS) + "]"


def clean(text: str) -> str:
    """Return a text without the signs; a text that has none is the same object, such as a number."""
    return _TEXT.sub("", text) if _TEXT.search(text) else text


def cleaned(part: T) -> T:
    """Return data or a part of a document with all its texts clean, those of tables too."""
    return mapped(part, clean)


def mapped(part: T, change: Callable[[str], str]) -> T:
    """Return a part of a document, or data, with every text changed: fields, items, values, cells; keys stay."""
    made: Any = part
    if isinstance(part, str):
        made = change(part)
    elif isinstance(part, pl.DataFrame):
        made = part.with_columns(pl.col(pl.String).str.replace_all(_COLUMN, "")) if change is clean else part
    elif is_dataclass(part) and not isinstance(part, type):
        made = replace(part, **{one.name: mapped(getattr(part, one.name), change) for one in fields(part)})
    elif isinstance(part, dict):
        made = {key: mapped(value, change) for key, value in part.items()}
    elif isinstance(part, tuple):
        made = tuple(mapped(item, change) for item in part)
    return made  # type: ignore[no-any-return]
