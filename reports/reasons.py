"""Why there is no figure: what the marts say in English, in the language of the edition."""

from __future__ import annotations

import re
from functools import cache

from melflow.reports import rounding
from melflow.reports.phrases import english, phrases

_PREFIX = "reason."


def told(language: str, reason: str | None) -> str:
    """Return a mart's reason in a language; a dash for none, its own words where there is no phrase for it."""
    if reason is None:
        return rounding.NOTHING
    for key, pattern in _patterns():
        if found := pattern.fullmatch(reason):
            return phrases(language)[key].format_map(found.groupdict())
    return reason


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return what each reason looks like; a place in braces is anything."""
    return tuple(
        (key, re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+)", re.escape(phrase))))
        for key, phrase in english().items()
        if key.startswith(_PREFIX)
    )
