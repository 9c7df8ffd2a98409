"""The fixed words of an edition, read from ``language/<code>/*.yml``; a new folder there is a new language.

A folder without ``common.yml`` has the words of single pages only: no edition can be written in its language.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml
from babel import Locale

from melflow.core.errors import TerminalError

_FOLDER = Path(__file__).parent / "language"


def languages() -> list[str]:
    """Return the languages an edition can be written in."""
    return sorted(path.parent.name for path in _FOLDER.glob("*/common.yml"))


def languages_of(page: str) -> list[str]:
    """Return the languages one page (a file of phrases) can be written in."""
    return sorted(path.parent.name for path in _FOLDER.glob(f"*/{page}.yml"))


@cache
def phrases_of(page: str, language: str) -> dict[str, str]:
    """Return the phrases of one page in one of its languages."""
    return dict(yaml.safe_load((_FOLDER / language / f"{page}.yml").read_text(encoding="utf-8")))


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
    return {
        key: phrase
        for path in sorted((_FOLDER / language).glob("*.yml"))
        for key, phrase in yaml.safe_load(path.read_text(encoding="utf-8")).items()
    }


def say(language: str, key: str, **facts: object) -> str:
    """Return a phrase filled with facts; facts are inserted as they are and never interpreted.

    Args:
        language: Language of the edition.
        key: Key of the phrase, without its plural ending.
        **facts: Values of the template; ``count`` chooses the plural form when the phrase has one.
    """
    known = phrases(language)
    if key not in known:
        form = f"{key}.{Locale(language).plural_form(int(str(facts['count'])))}"
        key = form if form in known else f"{key}.other"
    return known[key].format_map(facts)


def say_or(language: str, key: str, otherwise: str) -> str:
    """Return a phrase without facts, or the given text when the language has none of that key."""
    return phrases(language).get(key, otherwise)
