"""Words agree with the numbers beside them: one partner has, two partners have."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from babel import Locale
from published import context

from melflow.reports.phrases import DICTIONARY, languages, phrases, places, say
from melflow.reports.rounding import NOTHING, number

#: Facts that count something, by their names in the phrases.
COUNTS = set(re.findall(r"\w+", """
    advanced answered apart applied as_is asked assumed bare bars broken came capabilities clear compared
    contradicted count cycles days dimensions down dropped dyads edges evidence examined gaps held hidden joint k
    kinds known late left linked m met min_n months n n_from n_high n_low n_pairs n_to of old one open plausible
    received revised rows rules sources strong supported third up verified weak neither none behind on_time on_track
    off_track healthy_delivering healthy_not_yet transactional_effective partners new limit
"""))  # fmt: skip
#: Facts that are names, measures, places in an order, or phrases of their own.
OTHERS = set(re.findall(r"\w+", """
    a ab actual after after_ci alliance at audience b ba back before before_ci capability chance change check ci
    column contact currency current cycle date diff dimension due effective first gap gini given giver health
    high higher highest importance index interval into kappa kind label lags last learner least level levels
    longest low lower lowest mean measure median middle name names net number other others own p pair pairs
    partner parts people period periods place product rank rate rater reason reasons release report result round
    rung said score_a score_b section seen share since source status summary target text title topic turnings
    unit until value verdict version w wave waves ways what who why words y
"""))  # fmt: skip
#: What may follow a number without agreeing with it.
FREE = {
    "en": {"of", "to", "and", "where", "between", "without", "held", "compared", "exchanged", "smaller", "answered",
           "advanced", "dropped", "open", "came", "left", "learning", "capability", "possible", "published", "strong",
           "plausible", "weak", "none", "before", "in"},
    "es": {"de", "y", "en", "sin", "entre", "la", "no", "intercambiado", "antes", "a"},
    "fr": {"sur", "et", "à", "où", "sans", "entre", "de", "d\N{RIGHT SINGLE QUOTATION MARK}apprentissage",
           "en", "des", "dont", "au", "auparavant",
           "échangé"},
}  # fmt: skip
#: A verb or a pronoun that speaks of several.
MANY = {
    "en": r"are|were|have|they|their",
    "es": r"son|están|eran|fueron|tienen|\w+(?:aron|ieron)",
    "fr": r"sont|ont|étaient|avaient|elles|ils|leurs?|\w+èrent",
}
_AGREES = re.compile(r"\{\w+:[^{}]*\|[^{}]*\}")


def spoken(language: str) -> dict[str, str]:
    """Return the phrases of a language; a count of its own form (``.one``, ``.other``) chose that by its number."""
    kept = {key: phrase for key, phrase in phrases(language).items() if not key.startswith(DICTIONARY)}
    return {key: phrase for key, phrase in kept.items() if not key.endswith((".one", ".other"))}


def filled(language: str, phrase: str, n: int) -> str:
    """Return a phrase with the same number in every place that counts."""
    return phrase.format_map({name: number(n, 0, language) if name in COUNTS else "x" for name in places(phrase)})


def test_facts__are_known() -> None:
    """Should know of each fact of each phrase whether it counts, so that none escapes the tests below."""
    every = {name for phrase in spoken("en").values() for name in places(phrase)}
    assert every - COUNTS - OTHERS == set()


@pytest.mark.parametrize("language", languages())
def test_phrases__agree(language: str) -> None:
    """Should let each word that stands after a number agree with it, or stand so that it need not."""
    beside = re.compile(r"\{(\w+)\}[ \u00a0\u202f]([^\W\d_][\w\u2019]*)")
    wrong = {
        key: found[0]
        for key, phrase in spoken(language).items()
        for found in beside.finditer(phrase)
        if found[1] in COUNTS and found[2] not in FREE[language]
    }
    assert wrong == {}


@pytest.mark.parametrize("language", languages())
def test_phrases__of_one(language: str) -> None:
    """Should say nothing of one as of several: no verb of several in its part of the sentence."""
    clause = r"(?<![\w.])1\b(?:(?!\b(?:where|que|où|qui)\b)[^.,;:()])*"
    several = re.compile(rf"{clause}\b(?:{MANY[language]})\b")
    said = {key: filled(language, phrase, 1) for key, phrase in spoken(language).items()}
    assert {key: text for key, text in said.items() if several.search(text)} == {}


@pytest.mark.parametrize("language", languages())
def test_phrases__forms(language: str) -> None:
    """Should have two forms that differ, and take the one of the language's plural rule for 0, 1 and 2."""
    forms = {found[0] for phrase in spoken(language).values() for found in _AGREES.finditer(phrase)}
    assert len(forms) > 40
    for form in forms:
        name, _, words = form[1:-1].partition(":")
        one, many = words.split("|")
        for n in (0, 1, 2, 1_000_000):
            is_one = Locale(language).plural_form(Decimal(n)) == "one"
            assert form.format_map({name: number(n, 0, language)}) == (one if is_one else many)
        assert form.format_map({name: NOTHING}) == many


def test_say__one_and_none() -> None:
    """Should speak of none, one and several as each language does; French has none in the singular."""
    facts = {"period": "2026", "came": 0, "left": 1}
    assert say("en", "head.members.moved", n=1, **facts).startswith(
        "1 organisation was a member in 2026; came: 0, left: 1"
    )
    assert say("en", "head.members.moved", n=0, **facts).startswith("0 organisations were members")
    assert say("es", "results.changed", n=1, late=1).startswith("Se cambió 1 meta del periodo")
    assert say("fr", "learning.unexpected", n=0, of=2, ci="x").startswith("0 déclaration sur 2 porte")
    assert say("fr", "learning.unexpected", n=2, of=2, ci="x").startswith("2 déclarations sur 2 portent")


def test_joined__as_the_language_does() -> None:
    """Should put the space before a semicolon that French has, between parts of a sentence and of a cell."""
    said = {language: context({}, language).joined(("a", "b")) for language in languages()}
    assert said == {"en": "a; b", "es": "a; b", "fr": "a\N{NARROW NO-BREAK SPACE}; b"}
