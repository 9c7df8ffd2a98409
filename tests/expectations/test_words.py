"""Sentences in a partner's language: only what rules say, placeholders kept, English where nothing is translated."""

from __future__ import annotations

import re

import pytest

from melflow.expectations import words
from melflow.expectations.rules import SUITES, read
from melflow.expectations.workbook import words as workbook_words

SAID = {text for file in SUITES.glob("*.yml") for rule in read(file.stem) for text in (rule["message"], rule["remedy"])}
FACTS = {"seen": "45000", "nearest": "Lab", "kind": "date", "serial": "2023-03-15", "item": "When?"}


@pytest.mark.parametrize("language", ["es", "fr"])
def test_translations__of_what_rules_say(language: str) -> None:
    """Should translate sentences that exist, with the same placeholders, and most of what holds a row."""
    found = words.translations(language)
    source = (words.WORDS.parent / "words.py").read_text(encoding="utf-8")
    used = SAID & found.keys()
    for english, said in found.items():
        placeholders = sorted(re.findall(r"{\w+}", english))
        assert placeholders == sorted(re.findall(r"{\w+}", said)), english
        assert all(int(number) <= english.count("*") for number in re.findall(r"<(\d)>", said)), english
        if "*" in english:
            pattern = re.compile('[^"{}]+'.join(map(re.escape, english.split("*"))))
            used |= {english} if any(pattern.fullmatch(text) for text in SAID) else set()
    assert [text for text in found if text not in used and text not in source] == []
    messages = [
        rule["message"] for file in SUITES.glob("*.yml") for rule in read(file.stem) if rule["severity"] == "error"
    ]
    kept = [text for text in messages if words.said(text, language) == text]
    assert len(kept) < len(messages) / 10, kept
    assert not any(re.search(r"<\d>", words.said(text, language)) for text in messages)
    assert workbook_words(language).keys() == workbook_words("en").keys()


def test_fill__in_a_language() -> None:
    """Should fill a sentence with words of the language, and leave what is not translated English."""
    sentence = 'The answer "{seen}" to "{item}" is not {kind_in_words}.'
    told = words.said(sentence, "es").format_map(words.fill(FACTS, "es"))
    assert told == 'La respuesta "45000" a "When?" no es una fecha.'
    assert "2023-03-15; escriba" in words.fill(FACTS, "es")["hint"]
    column = words.said('The date "{seen}" (asked_on) cannot be read.', "es")
    assert column == 'La fecha "{seen}" (asked_on) no se puede leer.'
    assert words.said("No such sentence.", "es") == "No such sentence." and words.translations("pt") == {}
    assert words.fill(FACTS)["did_you_mean"] == ' Did you mean "Lab"?'
