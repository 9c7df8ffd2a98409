"""Sentences of held rows in a partner's language: the rule's own words, translated in ``words/<language>.yml``.

A translation stands under the English sentence it translates. ``*`` in the English stands for any words without quotes
and braces, such as the name of a column; ``<1>``, ``<2>`` ... in the translation repeat them, or leave them out. A
sentence that is not there, because the rule is the
alliance's own or its words were changed, stays English: better a foreign word than a wrong one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

WORDS = Path(__file__).parent / "words"
_GROUP = re.compile(r"<(\d)>")
#: How a question's type is called; every other one that can be misread is a date.
_KINDS = {"integer": "a whole number", "decimal": "a number", "range": "a number"}


def fill(facts: Mapping[str, Any], language: str = "en") -> dict[str, str]:
    """Return the placeholders of a sentence (those ``wording.py`` names) out of its facts.

    Args:
        facts: As ``wording.Sentence`` has them; an absent one is empty.
        language: Of the words among them.
    """

    def phrase(text: str, **parts: Any) -> str:
        return said(text, language).format_map(parts)

    nearest, serial = facts.get("nearest"), facts.get("serial")
    hint = " ({seen} is Excel's number for {serial}; write the date itself)"
    seen = facts.get("seen") or ""
    return {
        "seen": phrase("(personal, not shown)") if facts.get("is_personal") else seen,
        "choices": facts.get("choices") or "",
        "did_you_mean": phrase(' Did you mean "{nearest}"?', nearest=nearest) if nearest else "",
        "first_day": facts.get("first_day") or "",
        "last_day": facts.get("last_day") or "",
        "item": facts.get("item") or "",
        "low": facts.get("low") or phrase("no lower limit"),
        "high": facts.get("high") or phrase("no upper limit"),
        "kind_in_words": phrase(_KINDS.get(facts.get("kind") or "", "a date")),
        "hint": phrase(hint, seen=seen.strip(), serial=serial) if serial else "",
        "demand": facts.get("demand") or "",
    }


def said(sentence: str, language: str) -> str:
    """Return a sentence in a language, English where it was not translated."""
    exact = translations(language).get(sentence)
    if exact is not None:
        return exact
    for pattern, told in _patterns(language):
        found = pattern.fullmatch(sentence)
        if found:
            return _GROUP.sub(lambda one, found=found: found[int(one[1])], told)  # type: ignore[misc]
    return sentence


@cache
def _patterns(language: str) -> list[tuple[re.Pattern[str], str]]:
    """Return the sentences with ``*``, the longest first: they say the most."""
    starred = sorted((text for text in translations(language) if "*" in text), key=len, reverse=True)
    told = translations(language)
    return [(re.compile('([^"{}]+)'.join(map(re.escape, text.split("*")))), told[text]) for text in starred]


@cache
def translations(language: str) -> dict[str, str]:
    """Return what is translated: English sentence -> sentence. Empty for English and for languages without a file."""
    path = WORDS / f"{language[:2]}.yml"
    if not path.is_file():
        return {}
    found: dict[str, str] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found
