"""What a register is: which columns it has and how a cell of them is read.

Registers differ in their columns only. The
workspace files, the reader and the canonical tables are made from these declarations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

#: How a cell is read. ``partner``: a name of the registry; ``partners``: several, a row each; ``word``: of a set;
#: ``texts``: several, a row each; ``link``: the id of another row of the same register.
Kind = Literal["key", "link", "partner", "partners", "date", "period", "number", "truth", "word", "text", "texts"]


@dataclass(frozen=True)
class Register:
    """One kind of register.

    Attributes:
        table: Canonical table.
        columns: Meaning -> how its cells are read; the key first.
        needed: Columns without which a row says nothing.
        about: Columns that say which thing a row is about when the register gives no ids.
        day: The column whose date decides the period; empty where the register names the period itself.
        partner: The column that the source's own ``partner`` fills when the file does not say it; empty: none.
        words: Closed set of each column of words.
        scaled: Its scores are on a scale that the source declares.
    """

    table: str
    columns: Mapping[str, Kind]
    needed: tuple[str, ...]
    about: tuple[str, ...]
    day: str = ""
    partner: str = ""
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    scaled: bool = False

    @property
    def key(self) -> str:
        """Column of the ids."""
        return next(iter(self.columns))

    def of_kind(self, *kinds: Kind) -> tuple[str, ...]:
        """Return the columns that are read in one of these ways, in order."""
        return tuple(name for name, kind in self.columns.items() if kind in kinds)
