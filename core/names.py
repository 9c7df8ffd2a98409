"""Names of partners as people write them, and the nearest valid word for a wrong one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # polars costs a third of a second, and the command line only wants ``nearest``
    import polars as pl

    from melflow.core.workspace.registry import Alias, Partner

_ALIKE = 60  # from here on, of 100, one word may be another misspelt
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"@]+@([^\s<>()\[\],;:\"@]+)")
#: Mail providers whose addresses say nothing about an organisation; also with a country's ending.
_PROVIDERS = re.compile(
    r"(gmail|googlemail|yahoo|ymail|hotmail|outlook|live|msn|icloud|me|aol|gmx|web|mail|proton|protonmail|zoho|yandex|"
    r"qq|163|126|orange|free|laposte|wanadoo|rediffmail|terra|uol|bol)\.[a-z]{2,3}(\.[a-z]{2})?"
)


def fold(text: str) -> str:
    """Return the text without case, accents, invisible characters and surplus white space."""
    if text.isascii():  # nearly all texts of a table, and nothing to decompose in them
        return " ".join(text.lower().split())
    previous = ""
    while text != previous:  # folding case can uncover an accent (Turkish İ), and the other way round
        previous = text
        decomposed = unicodedata.normalize("NFKD", text.casefold())
        text = "".join(sign for sign in decomposed if unicodedata.category(sign) not in ("Mn", "Cf"))
    return " ".join(text.split())


def nearest(word: str, choices: Iterable[str]) -> str | None:
    """Return the choice most like the word, or None when nothing is like it."""
    from rapidfuzz import fuzz, process

    folded = {fold(choice): choice for choice in choices}
    close = process.extractOne(fold(word), list(folded), scorer=fuzz.ratio, score_cutoff=_ALIKE)
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


@dataclass(frozen=True)
class Suggestion:
    """A partner that a name nobody knows may mean: for a person to decide, never applied.

    Attributes:
        partner_id: The partner.
        spelling: The known spelling that is like the name.
        score: How much it is, 0-100.
    """

    partner_id: str
    spelling: str
    score: float


def domain_of(text: str) -> str | None:
    """Return what stands after the @ of the first e-mail address in a text."""
    found = _ADDRESS.search(text)
    return found[1].rstrip(".").casefold() if found else None


class PartnerNames:
    """Finds the partner behind a name: by id, by registered name, then by alias; and what it had become by a day.

    An e-mail address is found as it stands (an alias, or a contact of the registry), else by its domain: an alias such
    as ``@water.example``, or the domain of one partner's contact, unless that is a mail provider's.
    """

    def __init__(self, partners: Mapping[str, Partner], aliases: Iterable[Alias]) -> None:
        self._known: dict[str, str] = {}
        for partner_id, partner in partners.items():
            self._known[fold(partner.name)] = partner_id
        for partner_id in partners:  # an id wins over a name that looks like it
            self._known[fold(partner_id)] = partner_id
        self._contacts = _contacts(partners)
        self._aliases: dict[str, list[Alias]] = {}
        self._successors: dict[str, Alias] = {}
        for alias in aliases:
            if alias.succession is None:
                self._aliases.setdefault(fold(alias.raw_name), []).append(alias)
            elif (former := self._known.get(fold(alias.raw_name))) is not None:
                self._successors[former] = alias

    def resolve(self, raw: pl.Series, on: pl.Series | None = None) -> pl.Series:
        """Return the partner id of each name; null where the name is unknown or ambiguous.

        Args:
            raw: Names as they came, text.
            on: Dates of the rows, same length. An alias then counts only inside its validity, and a partner that had
                become another by the day is that other; without dates, or where the date is null, a name counts when
                it always meant the same partner.
        """
        import polars as pl

        days = pl.Series([None], dtype=pl.Date).new_from_index(0, raw.len()) if on is None else on
        pairs = pl.DataFrame({"name": raw.cast(pl.String), "day": days})
        distinct = pairs.unique().drop_nulls("name")
        ids = [self.find(name, day) for name, day in distinct.iter_rows()]
        known = distinct.with_columns(pl.Series("id", ids, dtype=pl.String))
        found = pairs.join(known, on=["name", "day"], how="left", nulls_equal=True, maintain_order="left")
        return found["id"].alias(raw.name)

    def nearest(self, raw: str) -> str | None:
        """Return the id of the partner whose id, name or alias is most like the text."""
        words = self._spellings()
        close = nearest(raw, words)
        return None if close is None else words[close]

    def suggest(self, raw: str, most: int = 3) -> list[Suggestion]:
        """Return the partners a name may mean, the likeliest first, each once."""
        from rapidfuzz import fuzz, process

        words = self._spellings()
        likely = process.extract(fold(raw), list(words), scorer=fuzz.WRatio, limit=None, score_cutoff=_ALIKE)
        best: dict[str, Suggestion] = {}
        for spelling, score, _ in sorted(likely, key=lambda one: (-one[1], one[0])):
            best.setdefault(words[spelling], Suggestion(words[spelling], spelling, score))
        return list(best.values())[:most]

    def find(self, name: str, on: date | None) -> str | None:
        """Return the partner a name meant on a day; None when it is unknown, or ambiguous without a day."""
        owner = self._named(fold(name), on)
        if owner is None and (address := _ADDRESS.search(name)) is not None:
            owner = self._addressed(fold(address[0]), on)
        return None if owner is None else self._become(owner, on)

    def find_person(self, address: str | None, name: str | None, on: date | None) -> str | None:
        """Return the partner a person acts for: by address, else by what the person is called."""
        return next((found for text in (address, name) if text and (found := self.find(text, on))), None)

    def _named(self, folded: str, on: date | None) -> str | None:
        if folded in self._known:
            return self._known[folded]
        entries = self._aliases.get(folded, [])
        found = {alias.partner_id for alias in entries if on is None or alias.covers(on)}
        return found.pop() if len(found) == 1 else None

    def _addressed(self, address: str, on: date | None) -> str | None:
        domain = address.partition("@")[2]
        for text in (address, f"@{domain}", domain):
            owner = self._named(text, on) or self._contacts.get(text)
            if owner is not None:
                return owner
        return None

    def _become(self, partner_id: str, on: date | None) -> str | None:
        """Return what the partner had become by the day; without a day, only a partner that stayed what it was."""
        while (step := self._successors.get(partner_id)) is not None:
            if on is None:
                return None
            if on < (step.valid_from or date.min):
                break
            partner_id = step.partner_id
        return partner_id

    def _spellings(self) -> dict[str, str]:
        return self._known | {name: entries[0].partner_id for name, entries in self._aliases.items()}


def _contacts(partners: Mapping[str, Partner]) -> dict[str, str]:
    """Return partners by contact address, and by its domain where that is theirs alone."""
    owners: dict[str, set[str]] = {}
    for partner_id, partner in partners.items():
        for found in _ADDRESS.finditer(partner.contact or ""):
            owners.setdefault(fold(found[0]), set()).add(partner_id)
            if not _PROVIDERS.fullmatch(fold(found[1])):
                owners.setdefault(f"@{fold(found[1])}", set()).add(partner_id)
    return {text: ids.pop() for text, ids in owners.items() if len(ids) == 1}
