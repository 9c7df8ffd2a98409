"""What a partner said of one figure, as an edition keeps it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

Kind = Literal["objection", "comment"]
KINDS: tuple[Kind, ...] = get_args(Kind)
#: Letters of an answer: what fits beside a figure.
LONGEST = 2000


@dataclass(frozen=True)
class Answer:
    """What a partner said of a figure, as an edition keeps it.

    Attributes:
        given_on: Day, ISO 8601.
        is_held: Whether the figure is withheld for it.
        period_id: Of the figure; empty in an edition from before it was kept: the edition's own.
    """

    partner_id: str
    table: str
    keys: str
    kind: Kind
    text: str
    given_on: str
    is_held: bool
    period_id: str = ""

    @classmethod
    def read(cls, kept: Iterable[Mapping[str, Any]]) -> tuple[Answer, ...]:
        """Return what a manifest keeps."""
        return tuple(cls(**one) for one in kept)
