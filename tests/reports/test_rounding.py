"""Numbers become text in one place: half away from zero, last, with a true minus sign."""

from __future__ import annotations

import copy
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from melflow.reports import rounding
from melflow.reports.context import pages
from melflow.reports.intervals import points_interval
from melflow.reports.phrases import say
from melflow.reports.vector import wrapped


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (rounding.points(61.5), "62"),
        (rounding.points(62.5), "63"),
        (rounding.points(-0.2), "0"),
        (rounding.points(None), "\N{EN DASH}"),
        (rounding.difference(-20.5), "\N{MINUS SIGN}21"),
        (rounding.difference(0.4), "0"),
        (rounding.difference(9.5), "+10"),
        (rounding.percent(0.285), "29\N{NO-BREAK SPACE}%"),
        (rounding.small_percent(0.0345), "3.5\N{NO-BREAK SPACE}%"),
        (rounding.number(1234567), "1,234,567"),
        (rounding.exact(0.92345), "0.92345"),
        (rounding.exact(1.5e-6, "fr"), "0,0000015"),
        (rounding.exact(41230.5, "es"), "41.230,5"),
        (rounding.date(dt.date(2026, 6, 30)), "30 June 2026"),
    ],
)
def test_rounding__cases(shown: str, expected: str) -> None:
    """Should round and write as a reader expects."""
    assert shown == expected


@pytest.mark.parametrize(
    ("values", "digits", "is_share", "expected"),
    [
        ((0.12, 0.14), 1, False, ("0.12", "0.14")),
        ((0.641, 0.644), 0, True, ("64.1\N{NO-BREAK SPACE}%", "64.4\N{NO-BREAK SPACE}%")),
        ((0.61, 0.64), 0, True, ("61\N{NO-BREAK SPACE}%", "64\N{NO-BREAK SPACE}%")),
        ((62.0, 62.004), 0, False, ("62.000", "62.004")),
        ((None, 3.2), 0, False, ("\N{EN DASH}", "3")),
    ],
)
def test_told_apart__as_many_decimals_as_it_takes(
    values: tuple[float | None, float], digits: int, is_share: bool, expected: tuple[str, str]
) -> None:
    """Should print two numbers that differ so that the reader sees it, and no more decimals than that."""
    assert rounding.told_apart(values, digits, is_share=is_share) == expected


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_told_apart__never_alike(old: float, new: float) -> None:
    """Should print numbers apart whenever they are further apart than what is compared."""
    texts = rounding.told_apart((old, new), 0)
    assert texts[0] != texts[1] or abs(old - new) <= 1e-9 * max(abs(old), abs(new), 1)


def test_say__whole_numbers_as_the_language_writes_them() -> None:
    """Should write a count in a sentence as the tables do."""
    facts = {"n": 1234, "m": 12345, "k": 3, "of": 4, "period": "2026"}
    english = say("en", "capability.published", **facts)
    assert "1,234" in english and "2026" in english
    assert "12.345" in say("es", "capability.published", **facts)


@pytest.mark.parametrize(
    ("shown", "value"),
    [
        (rounding.number(-1234.55, 1, "fr"), "-1234.6"),
        (rounding.percent(0.285, "fr"), "29"),
        (rounding.difference(9.5), "10"),
        (points_interval(40.6, 55, "en"), "41"),
    ],
)
def test_rounding__knows_its_value(shown: str, value: str) -> None:
    """Should keep beside the text the rounded number it says, whatever the language writes for a decimal point."""
    assert isinstance(shown, rounding.Number) and str(shown.value) == value
    assert copy.deepcopy(shown).value == shown.value


@given(st.text(max_size=80))
def test_wrapped__fits(name: str) -> None:
    """Should never make a line longer than asked, nor more lines."""
    lines = wrapped(name, 20, 2).split("\n")
    assert len(lines) <= 2 and all(len(line) <= 20 for line in lines)


@given(st.integers(0, 60), st.integers(1, 20))
def test_pages__even(count: int, size: int) -> None:
    """Should keep every item in order, in portions of at most the size."""
    portions = list(pages(list(range(count)), size))
    assert [item for portion in portions for item in portion] == list(range(count))
    assert all(0 < len(portion) <= size for portion in portions)
