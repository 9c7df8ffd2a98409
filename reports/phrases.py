"""The fixed words of an edition: English from ``language/en/*.yml``, other languages from their gettext catalogues.

A catalogue is ``language/<code>/LC_MESSAGES/melflow.po``: the key is the context, the English phrase the message.
Another such file is another language. What it lacks, and what is marked fuzzy because the English changed, is English.
"""

from __future__ import annotations

import re
import string
from functools import cache
from pathlib import Path

import yaml
from babel import Locale

from melflow.core.errors import TerminalError
from melflow.reports import columns
from melflow.reports.rounding import number

FOLDER = Path(__file__).parent / "language"
SOURCE = "en"
#: Contexts of the data dictionary, whose English stands beside the columns (``columns``).
DICTIONARY = ("meaning", "unit")
_CATALOGUE = "LC_MESSAGES/melflow.po"
#: A number and its sign, which stay on one line.
_PERCENT = re.compile(r"(?<=\d) %")


class Said(str):
    """A sentence that still knows which phrase it is; what it claims can be looked up without reading it."""

    key = ""


def catalogue_path(language: str) -> Path:
    """Return where the catalogue of a language is."""
    return FOLDER / language / _CATALOGUE


def languages() -> list[str]:
    """Return the languages an edition can be written in."""
    return sorted([SOURCE, *(path.parent.parent.name for path in FOLDER.glob(f"*/{_CATALOGUE}"))])


@cache
def english() -> dict[str, str]:
    """Return every phrase in English by key, in the order of the files; then what the data dictionary says."""
    said = {
        key: phrase
        for path in sorted((FOLDER / SOURCE).glob("*.yml"))
        for key, phrase in yaml.safe_load(path.read_text(encoding="utf-8")).items()
    }
    every = [column for table in columns.TABLES.values() for column in table]
    said |= {key_of("meaning", column.meaning): column.meaning for column in every}
    return said | {key_of("unit", column.unit): column.unit for column in every if column.unit}


def key_of(context: str, phrase: str) -> str:
    """Return the key of a phrase of a catalogue: its context, and for the data dictionary its English as well."""
    return f"{context}: {phrase}" if context in DICTIONARY else context


@cache
def phrases(language: str) -> dict[str, str]:
    """Return every phrase of a language.

    Raises:
        TerminalError: There are no phrases of that language.
    """
    if language not in languages():
        raise TerminalError.of(
            "reports, language",
            "an edition is written in a language melflow has words for",
            f"'{language}'",
            f"Set language to one of: {', '.join(languages())}.",
        )
    found = english() if language == SOURCE else english() | _translated(language)
    return {key: _PERCENT.sub("\N{NO-BREAK SPACE}%", phrase) for key, phrase in found.items()}


def _translated(language: str) -> dict[str, str]:
    from babel.messages.pofile import read_po

    with catalogue_path(language).open("rb") as file:
        catalogue = read_po(file, locale=language)
    return {
        key_of(message.context, str(message.id)): str(message.string)
        for message in catalogue
        if message.context and message.string and not message.fuzzy
    }


def say(language: str, key: str, **facts: object) -> str:
    """Return a phrase filled with facts; whole numbers as the language writes them, others as they are.

    Args:
        language: Language of the edition.
        key: Key of the phrase, without its plural ending.
        **facts: Values of the template, never interpreted; ``count`` chooses the plural form when the phrase has one.

    Returns:
        The text, a ``Said``. The form ``.one`` is for exactly one, which it often says in a word; for other counts
        the language's own plural form is taken where it has one (``.few``), else ``.other``.
    """
    known = phrases(language)
    form = key
    if key not in known:
        count = int(str(facts["count"]))
        plural = "one" if count == 1 else Locale(language).plural_form(count)
        form = f"{key}.{plural}" if plural != "one" or count == 1 else f"{key}.other"
        form = form if form in known else f"{key}.other"
    printed = {name: number(fact, 0, language) if type(fact) is int else fact for name, fact in facts.items()}
    said = Said(known[form].format_map(printed))
    said.key = form
    return said


def counted(language: str, key: str, counts: dict[str, int]) -> str:
    """Return counts after what they count, so that none needs a plural; what is not there is left out.

    Args:
        language: Language of the edition.
        key: Beginning of the phrases' keys.
        counts: End of a phrase's key -> its number ``n``.
    """
    return ", ".join(say(language, f"{key}.{name}", n=n) for name, n in counts.items() if n)


def say_or(language: str, key: str, otherwise: str) -> str:
    """Return a phrase without facts, or the given text when the language has none of that key."""
    return phrases(language).get(key, otherwise)


def explained(language: str, context: str, text: str) -> str:
    """Return what a column of a published table means, or its unit (``DICTIONARY``), in a language."""
    return say_or(language, key_of(context, text), text)


def places(phrase: str) -> set[str]:
    """Return the names of the facts a phrase has room for."""
    return {name for _, name, _, _ in string.Formatter().parse(phrase) if name is not None}
