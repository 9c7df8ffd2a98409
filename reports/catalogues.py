"""Bring the catalogues of every language up to date with the English: ``make catalogues``.

A new phrase comes in empty, one whose English changed keeps its translation marked fuzzy, one that is no longer said
goes. The files are ordinary gettext, for Poedit, Weblate or a text editor.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

from melflow.reports.phrases import DICTIONARY, SOURCE, catalogue_path, english, key_of, languages, places

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog, Message

_WIDTH = 110


def updated(language: str) -> bytes:
    """Return the catalogue of a language as it should be for today's English."""
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import write_po

    old = _read(catalogue_path(language), language)
    known = _by_key(old)
    new = Catalog(locale=language, project="melflow", header_comment=old.header_comment, fuzzy=False)
    for key, phrase in english().items():
        before = known.get(key)
        text = before.string if before else ""
        is_stale = before is not None and bool(text) and (before.id != phrase or before.fuzzy)
        flags = ["fuzzy"] if is_stale else []
        if _context(key) == key and places(phrase):
            flags.append("python-brace-format")
        new.add(phrase, text, context=_context(key), flags=flags)
    made = io.BytesIO()
    write_po(made, new, width=_WIDTH, omit_header=True)
    header = f'{old.header_comment}\nmsgid ""\nmsgstr ""\n"Language: {language}\\n"\n'
    return header.encode() + b'"Content-Type: text/plain; charset=utf-8\\n"\n\n' + made.getvalue()


def problems(language: str) -> list[str]:
    """Return what is wrong with a catalogue, a line for each key: missing, stale, unknown, or another set of facts."""
    known = _by_key(_read(catalogue_path(language), language))
    said = [f"{key}: no longer said in English" for key in known if key not in english()]
    for key, phrase in english().items():
        message = known.get(key)
        if message is None or not message.string:
            said.append(f"{key}: no translation")
        elif message.fuzzy or message.id != phrase:
            said.append(f"{key}: made from other English")
        elif places(str(message.string)) != places(phrase):
            said.append(f"{key}: {sorted(places(str(message.string)))} instead of {sorted(places(phrase))}")
    return said


def _by_key(catalogue: Catalog) -> dict[str, Message]:
    return {key_of(message.context, str(message.id)): message for message in catalogue if message.context}


def _context(key: str) -> str:
    name = key.partition(": ")[0]
    return name if name in DICTIONARY else key


def _read(path: Path, language: str) -> Catalog:
    from babel.messages.pofile import read_po

    with path.open("rb") as file:
        return read_po(file, locale=language)


if __name__ == "__main__":
    for one in languages():
        if one != SOURCE:
            catalogue_path(one).write_bytes(updated(one))
