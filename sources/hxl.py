"""Tags of the Humanitarian Exchange Language: a row of #tag+attribute below the header says what each column holds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_TAG = re.compile(r"#[a-z][a-z0-9_]*(\s*\+\s*[a-z][a-z0-9_]*)*\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Tag:
    """A tag such as ``#targeted+f+children``.

    Attributes:
        name: The part after the #, in small letters.
        attributes: The parts after each +, whose order means nothing.
    """

    name: str
    attributes: frozenset[str]

    def __str__(self) -> str:
        """Return the tag as it is written."""
        return "+".join([f"#{self.name}", *sorted(self.attributes)])

    def fits(self, column: Tag) -> bool:
        """Return whether a column with that tag has all this tag asks for."""
        return self.name == column.name and self.attributes <= column.attributes


def tag(text: str | None) -> Tag | None:
    """Return the tag a text is; None for any other text."""
    if text is None or not _TAG.fullmatch(text.strip()):
        return None
    name, *attributes = "".join(text.split()).lower().removeprefix("#").split("+")
    return Tag(name, frozenset(attributes))


def tags(texts: Sequence[str | None]) -> list[Tag | None] | None:
    """Return the tags of a row; None for a row that is none of tags: less than half of its texts are."""
    found = [tag(text) for text in texts]
    n_tags, n_texts = sum(one is not None for one in found), sum(text is not None for text in texts)
    return found if n_tags and 2 * n_tags >= n_texts else None
