from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from melflow.core.names import PartnerNames, choose, fold, nearest
from melflow.core.workspace import Alias, Partner


def _partner(partner_id: str, name: str) -> Partner:
    return Partner(partner_id=partner_id, name=name, type="ngo", country="CO", joined_on=date(2024, 7, 1), left_on=None)


PARTNERS = {"valle": _partner("valle", "Alcaldía de Valle Sereno"), "lab": _partner("lab", "Water Lab")}
ALIASES = [
    Alias(raw_name="Municipio del Valle", partner_id="valle"),
    Alias(raw_name="El Centro", partner_id="valle", valid_to=date(2024, 12, 31)),
    Alias(raw_name="El Centro", partner_id="lab", valid_from=date(2025, 1, 1)),
]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("valle", "valle"),
        ("  alcaldia   de VALLE\u00a0sereno ", "valle"),
        ("Alcaldi\u0301a de Valle Sereno", "valle"),
        ("Water\u200b Lab", "lab"),
        ("municipio del valle", "valle"),
        ("Valle", "valle"),
        ("Vale", None),
        ("", None),
        (None, None),
    ],
)
def test_resolve__spellings(raw: str | None, expected: str | None) -> None:
    """Should find a partner by id, name or alias, whatever the case, accents and spaces."""
    names = PartnerNames(PARTNERS, ALIASES)
    assert names.resolve(pl.Series("p", [raw], dtype=pl.String)).to_list() == [expected]


def test_resolve__alias_with_dates() -> None:
    """Should follow an alias that changed its meaning, and not guess when the date is unknown."""
    names = PartnerNames(PARTNERS, ALIASES)
    raw = pl.Series("p", ["El Centro", "El Centro", "El Centro", None])
    on = pl.Series("d", [date(2024, 12, 31), date(2025, 1, 1), None, date(2025, 1, 1)])
    assert names.resolve(raw, on).to_list() == ["valle", "lab", None, None]
    assert names.resolve(raw).null_count() == 4


def test_resolve__empty_series() -> None:
    """Should return an empty text series with the same name."""
    found = PartnerNames(PARTNERS, []).resolve(pl.Series("p", [], dtype=pl.String))
    assert found.dtype == pl.String
    assert (found.name, found.len()) == ("p", 0)


def test_nearest__typo() -> None:
    """Should name the partner meant by a misspelt name, and nobody when nothing is like it."""
    names = PartnerNames(PARTNERS, ALIASES)
    assert names.nearest("Watr Lab") == "lab"
    assert names.nearest("Municpio de Valle") == "valle"
    assert names.nearest("xyzzy") is None


def test_choose__words() -> None:
    """Should suggest the nearest word, else list what there is."""
    assert choose("kobbo", ["kobo", "odk"]) == "Did you mean 'kobo'?"
    assert choose("zzz", ["kobo", "odk"]) == "Choose one of: kobo, odk."
    assert choose("zzz", [str(number) for number in range(20)]).endswith(", ….")
    assert "Nothing is declared" in choose("zzz", [])
    assert nearest("TRUST", ["trust"]) == "trust"


@given(st.text())
def test_fold__settles(text: str) -> None:
    """Should give the same again when folded again, and never depend on case or outer space."""
    assert fold(fold(text)) == fold(text)
    assert fold(f"  {text}\t") == fold(text)


SUCCESSIONS = [
    Alias(raw_name="valle", partner_id="region", valid_from=date(2025, 1, 1), succession="merger"),
    Alias(raw_name="Region Sur", partner_id="union", valid_from=date(2026, 1, 1), succession="rename"),
]
FORMER = PARTNERS | {"region": _partner("region", "Region Sur"), "union": _partner("union", "Unión del Sur")}


@pytest.mark.parametrize(
    ("name", "day", "expected"),
    [
        ("valle", date(2024, 12, 31), "valle"),
        ("Alcaldía de Valle Sereno", date(2025, 1, 1), "region"),
        ("Municipio del Valle", date(2025, 6, 1), "region"),  # an alias of who ended
        ("valle", date(2026, 1, 1), "union"),  # which became another in turn
        ("region", date(2024, 1, 1), "region"),  # the file says so
        ("valle", None, None),  # one of three, nobody knows which
        ("lab", None, "lab"),
    ],
)
def test_resolve__successions(name: str, day: date | None, expected: str | None) -> None:
    """Should follow a partner to what it had become on the row's day, and not guess without a day."""
    names = PartnerNames(FORMER, [*ALIASES, *SUCCESSIONS])
    on = pl.Series("d", [day], dtype=pl.Date)
    assert names.resolve(pl.Series("p", [name]), on).to_list() == [expected]


def test_find__people() -> None:
    """Should find a person's partner by address, contact, own domain or name, but not by a mail provider."""
    said = {"type": "ngo", "country": "CO", "joined_on": date(2024, 7, 1)}
    partners = {
        "north": Partner(partner_id="north", name="North", contact="Ana <ANA@North.example>", **said),
        "south": Partner(partner_id="south", name="South", contact="south.office@gmail.com", **said),
        "twin_a": Partner(partner_id="twin_a", name="Twin A", contact="a@twin.example", **said),
        "twin_b": Partner(partner_id="twin_b", name="Twin B", contact="b@twin.example", **said),
    }
    names = PartnerNames(partners, [Alias(raw_name="@lab.example", partner_id="south")])
    cases = {
        "bob@north.example": "north",
        "South.Office@gmail.com": "south",
        "other@gmail.com": None,
        "kim@lab.example": "south",
        "a@twin.example": "twin_a",
        "c@twin.example": None,
        "x@sub.north.example": None,
    }
    assert {text: names.find_person(text, None, None) for text in cases} == cases
    assert names.find_person("x@gmail.com", "North", None) == "north"


def test_suggest__likeliest_first() -> None:
    """Should give up to three partners with scores, and nothing for what is like nothing."""
    names = PartnerNames(FORMER, ALIASES)
    found = names.suggest("Alcaldia Valle Serno")
    assert found[0].partner_id == "valle" and found[0].score > 80
    assert len({one.partner_id for one in found}) == len(found) <= 3
    assert names.suggest("xyzzy 42") == []


@given(name=st.sampled_from([one.name for one in PARTNERS.values()]), place=st.integers(0, 30))
def test_suggest__is_never_applied(name: str, place: int) -> None:
    """Should suggest the partner for a name that lacks a letter, and resolve nothing by likeness."""
    letters = [number for number, sign in enumerate(name) if sign.isalpha()]
    gone = letters[place % len(letters)]
    misspelt = name[:gone] + name[gone + 1 :]
    names = PartnerNames(PARTNERS, ALIASES)
    assert PARTNERS[names.suggest(misspelt)[0].partner_id].name == name
    assert names.resolve(pl.Series([misspelt])).to_list() == [None]
    assert names.find_person(None, misspelt, None) is None
