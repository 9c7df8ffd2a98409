"""Before an edition is drawn: every letter has a form, and names that run from right to left stand apart."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from html import unescape
from typing import Any

from melflow.core.errors import Problem, TerminalError
from melflow.reports.clean import cleaned, mapped
from melflow.reports.document import Document, Figure, Section
from melflow.reports.outlines import outlined
from melflow.reports.typefaces import Typefaces

#: Letters of scripts that run from right to left: from Hebrew to Arabic, its presentation forms, and those of Africa.
_RTL = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff"
#: From the first such letter to the last, over spaces, digits and brackets, but not over what joins two names.
_RTL_RUN = re.compile(rf"[{_RTL}](?:[{_RTL}\s\d()'.\-]*[{_RTL})])?")
_FIRST_STRONG, _POP = "\u2068", "\u2069"
#: What is written in a drawing: whole texts, and lines of one.
_SVG_TEXT = re.compile(r"<t(?:ext|span)[^>]*>([^<]+)(?=</t(?:ext|span)>)")
#: Of a text that cannot be printed, so many letters are told; and so many places.
_SHOWN, _MOST = 60, 20


def typeset(document: Document, typefaces: Typefaces, sources: dict[str, str]) -> Document:
    """Return the document as it is drawn: names from right to left isolated, other scripts in charts as outlines.

    Args:
        document: The edition.
        typefaces: What it may be set in.
        sources: Place in the workspace -> a text of the edition that stands there, such as a partner's name.

    Raises:
        TerminalError: Letters no font has, with the places they are in.
    """
    document = cleaned(document)
    letters = {letter for text in _texts(document) for letter in text}
    lacking = typefaces.lacking(letters)
    if lacking:
        raise TerminalError.all(_problems(document, lacking, sources))
    if not letters - {chr(code) for code in typefaces.latin.letters}:
        return document
    return mapped(_drawn(document, typefaces), isolate)


def script(letter: str) -> str:
    """Return the name of the script a letter belongs to."""
    from fontTools import unicodedata as scripts

    if unicodedata.category(letter) == "Co":
        return "private use"
    return str(scripts.script_name(scripts.script(letter), default="unknown script"))


def _texts(part: Any) -> Iterator[str]:
    """Yield every text below a part of a document; of a drawing, what is written in it."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, Figure):
        yield from (part.title, part.alt, part.note)
        yield from (unescape(text) for text in _SVG_TEXT.findall(part.svg))
    elif is_dataclass(part):
        for one in fields(part):
            yield from _texts(getattr(part, one.name))
    elif isinstance(part, dict):
        yield from _texts(tuple(part.values()))
    elif isinstance(part, tuple):
        for item in part:
            yield from _texts(item)


def _problems(document: Document, lacking: set[str], sources: dict[str, str]) -> list[Problem]:
    """Return where the letters are: in the workspace where they are from there, else in the edition."""
    found = [_problem(place, text, lacking & set(text)) for place, text in sources.items() if lacking & set(text)]
    left = lacking - {letter for text in sources.values() for letter in text}
    for section in document.sections if left else ():
        found += [_problem(place, text, left & set(text)) for place, text in _placed(section) if left & set(text)]
    head = {"title": document.title, "description": document.description, "period": document.period}
    found += [
        _problem(f"the edition's {name}", text, left & set(text)) for name, text in head.items() if left & set(text)
    ]
    return (found or [_problem("the edition", "", lacking)])[:_MOST]


def _placed(section: Section) -> Iterator[tuple[str, str]]:
    here = f"section '{section.title}'"
    yield here, section.title
    for block in section.blocks:
        title = getattr(block, "title", "")
        for text in dict.fromkeys(_texts(block)):
            yield f"{here}, {block.kind.replace('_', ' ')} '{title}'" if title else here, text


def _problem(place: str, text: str, letters: set[str]) -> Problem:
    told = ", ".join(f"U+{ord(letter):04X} ({script(letter)})" for letter in sorted(letters))
    shown = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
    return Problem(
        place,
        "every letter of an edition has a form in its fonts",
        f"no form for {told}" + (f" in '{shown}'" if text else ""),
        "Put a free font that has the script, such as one of the Noto family, into the workspace's folder fonts/ as "
        ".ttf or .otf; or write the text in letters that are there.",
    )


def _drawn(document: Document, typefaces: Typefaces) -> Document:
    """Return the document with its charts' writing in scripts beyond the edition's font as outlines."""
    sections = tuple(
        replace(section, blocks=tuple(
            replace(block, svg=outlined(block.svg, typefaces)) if isinstance(block, Figure) else block
            for block in section.blocks
        ))
        for section in document.sections
    )  # fmt: skip
    return replace(document, sections=sections)


def isolate(text: str) -> str:
    """Return a text in which parts that run from right to left leave the order of what is around them alone."""
    if not _RTL_RUN.search(text):  # a value keeps its number
        return text
    return _RTL_RUN.sub(lambda match: f"{_FIRST_STRONG}{match[0]}{_POP}", text)
