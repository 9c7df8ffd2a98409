"""Every phrase of an edition is there in every language, and none is older than its English."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
import yaml

from melflow.reports import catalogues, columns, phrases
from melflow.reports.phrases import FOLDER, SOURCE, catalogue_path, languages, say
from melflow.reports.reasons import told
from melflow.reports.section_expectations import ROLES
from melflow.reports.vector import wrapped

TRANSLATED = [language for language in languages() if language != SOURCE]
_STRATA = Path(__file__).parents[2] / "models" / "intermediate" / "int_strata_listed.sql"
_PO = """# Words.
msgid ""
msgstr ""
"Language: es\\n"
"Content-Type: text/plain; charset=utf-8\\n"

msgctxt "a"
msgid "One {x}"
msgstr "Uno {x}"

msgctxt "b"
msgid "Two, as it was"
msgstr "Dos"

msgctxt "c"
msgid "Three {x}"
msgstr "Tres {y}"

msgctxt "d"
msgid "Four"
msgstr "Cuatro"
"""


@pytest.mark.parametrize("language", TRANSLATED)
def test_catalogue__is_whole_and_current(language: str) -> None:
    """Should have each phrase, made from today's English, with the same places for facts, as the command writes it."""
    assert catalogues.problems(language) == []
    assert catalogues.updated(language) == catalogue_path(language).read_bytes(), "run `make catalogues`"


def test_english__each_key_once() -> None:
    """Should not say a key in two files: the later one would silently take the place of the other."""
    keys = [key for path in (FOLDER / SOURCE).glob("*.yml") for key in yaml.safe_load(path.read_text("utf-8"))]
    assert [key for key, count in Counter(keys).items() if count > 1] == []


@pytest.mark.parametrize("language", languages())
def test_phrases__fit_where_they_stand(language: str) -> None:
    """Should give sheets names a workbook takes, and no two alike."""
    names = [say(language, f"figure_of.{table.removeprefix('pub_')}") for table in columns.TABLES]
    names += [say(language, key) for key in ("about", "dictionary", "restated.sheet")]
    assert len({name.casefold() for name in names}) == len(names)
    assert all(len(name) <= 31 and not re.search(r"[\[\]:*?/\\]|^'|'$", name) for name in names)


def test_french__spaces() -> None:
    """Should set a narrow no-break space before high punctuation and within guillemets, and curved apostrophes."""
    wrong = re.compile(r"[^\N{NARROW NO-BREAK SPACE}][;!?»%]|«[^\N{NARROW NO-BREAK SPACE}]| :|\w'\w")
    assert [key for key, phrase in phrases.phrases("fr").items() if wrong.search(phrase)] == []


@pytest.mark.parametrize("language", languages())
def test_phrases__a_number_keeps_its_sign(language: str) -> None:
    """Should never leave a percent sign alone at the beginning of a line."""
    said = phrases.phrases(language)
    assert [key for key, phrase in said.items() if re.search(r"\d[ \t]%", phrase)] == []
    assert sum("95" in phrase and "%" in phrase for phrase in said.values()) > 20


@pytest.mark.parametrize("language", TRANSLATED)
def test_phrases__classes_of_circumstances(language: str) -> None:
    """Should have words for each class by which the model sorts partnerships; "75 % or more" is no name of anybody."""
    classes = re.findall(r"then '([^']+)'|, '(not stated)'", _STRATA.read_text("utf-8"))
    keys = {f"value.{one or other}" for one, other in classes}
    said = phrases.phrases(language)
    assert len(keys) == 9 and {key for key in keys if said.get(key, key.removeprefix("value.")) in key} == set()


@pytest.mark.parametrize("language", languages())
def test_phrases__two_roles_on_an_axis(language: str) -> None:
    """Should leave room for the names of both roles, whole: cut short, two rows of the chart would read alike."""
    parties = [say(language, f"party.{one}") for one in ("commissioner", "learning_partner", "partner")]
    pairs = [f"{one} – {other}" for one in parties for other in parties if one != other]  # noqa: RUF001
    assert [pair for pair in pairs if wrapped(pair, ROLES, 1) != pair] == []


def test_problems__named_by_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should name what is missing, stale, unknown, or has other places; the update marks stale ones fuzzy."""
    monkeypatch.setattr(phrases, "FOLDER", tmp_path)
    said = {"a": "One {x}", "b": "Two", "c": "Three {x}", "e": "Five"}
    monkeypatch.setattr(catalogues, "english", lambda: said)
    path = catalogue_path("es")
    path.parent.mkdir(parents=True)
    path.write_text(_PO, encoding="utf-8")
    assert catalogues.problems("es") == [
        "d: no longer said in English", "b: made from other English", "c: ['y'] instead of ['x']", "e: no translation"
    ]  # fmt: skip
    path.write_bytes(catalogues.updated("es"))
    text = path.read_text(encoding="utf-8")
    assert '#, fuzzy\nmsgctxt "b"\nmsgid "Two"\nmsgstr "Dos"' in text and "Cuatro" not in text
    assert catalogues.updated("es") == path.read_bytes()


def test_say__plural() -> None:
    """Should keep "one" for exactly one: in French 0 is grammatically singular, but it is not one figure."""
    assert say("fr", "changes.some", count=1).startswith("Un chiffre")
    assert say("fr", "changes.some", count=0).startswith("0 chiffres")
    assert say("es", "changes.some", count=1_000_000).startswith("1.000.000 cifras")


def test_told__reasons() -> None:
    """Should say a mart's reason in a language with what it names, and keep the words of one nobody foresaw."""
    assert told("es", "fewer than 8 dyads") == "menos de 8 pares"
    assert told("fr", "no target") == "pas de cible"
    assert told("fr", "something new") == "something new" and told("es", None) == "\N{EN DASH}"
