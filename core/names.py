"""Names of partners as people write them, and the nearest valid word for a wrong one."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # polars costs a third of a second, and the command line only wants ``nearest``
    import polars as pl

    from melflow.core.workspace.registry import Alias, Partner


def fold(text: str) -> str:
    """Return the text without case, accents, invisible characters and surplus white space."""
    previous = ""
    while text != previous:  # folding case can uncover an accent (Turkish İ), and the other way round
        previous = text
        decomposed = unicodedata.normalize("NFKD", text.casefold())
        text = "".join(sign for sign in decomposed if unicodedata.category(sign) not in ("Mn", "Cf"))
    return " ".join(text.split())


def nearest(word: str, choices: Iterable[str]) -> str | None:
    """Return the choice most like the word, or None when nothing is like it."""
    folded = {fold(choice): choice for choice in choices}
    close = difflib.get_close_matches(fold(word), list(folded), n=1, cutoff=0.6)
    return folded[close[0]] if close else None


def choose(word: str, choices: Iterable[str]) -> str:
    """Return the sentence that leads from a wrong word to a valid one."""
    valid = sorted(set(choices))
    close = nearest(word, valid)
    if close is not None:
        return f"Did you mean '{close}'?"
    if not valid:
        return "Nothing is declared yet that could stand here."
    shown = ", ".join(valid[:12]) + (", …" if len(valid) > 12 else "")
    return f"Choose one of: {shown}."


class PartnerNames:
    """Finds the partner behind a name: by id, by registered name, then by alias."""

    def __init__(self, partners: Mapping[str, Partner], aliases: Iterable[Alias]) -> None:
        self._known: dict[str, str] = {}
        for partner_id, partner in partners.items():
            self._known[fold(partner.name)] = partner_id
        for partner_id in partners:  # an id wins over a name that looks like it
            self._known[fold(partner_id)] = partner_id
        self._aliases: dict[str, list[Alias]] = {}
        for alias in aliases:
            self._aliases.setdefault(fold(alias.raw_name), []).append(alias)

    def resolve(self, raw: pl.Series, on: pl.Series | None = None) -> pl.Series:
        """Return the partner id of each name; null where the name is unknown or ambiguous.

        Args:
            raw: Names as they came, text.
            on: Dates of the rows, same length. An alias then counts only inside its validity; without dates, or
                where the date is null, an alias counts when all its entries name the same partner.
        """
        import polars as pl

        if on is None:
            found = {name: self._find(name, None) for name in raw.drop_nulls().unique().to_list()}
            ids = [None if name is None else found[name] for name in raw.to_list()]
        else:
            pairs = list(zip(raw.to_list(), on.to_list(), strict=True))
            dated = {pair: self._find(*pair) for pair in set(pairs) if pair[0] is not None}
            ids = [dated.get(pair) for pair in pairs]
        return pl.Series(raw.name, ids, dtype=pl.String)

    def nearest(self, raw: str) -> str | None:
        """Return the id of the partner whose id, name or alias is most like the text."""
        words = self._known | {name: entries[0].partner_id for name, entries in self._aliases.items()}
        close = nearest(raw, words)
        return None if close is None else words[close]

    def _find(self, name: str, on: date | None) -> str | None:
        folded = fold(name)
        if folded in self._known:
            return self._known[folded]
        entries = self._aliases.get(folded, [])
        found = {alias.partner_id for alias in entries if on is None or alias.covers(on)}
        return found.pop() if len(found) == 1 else None
