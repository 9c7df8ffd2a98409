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
        (rounding.date(dt.date(2026, 6, 30)), "30 June 2026"),
    ],
)
def test_rounding__cases(shown: str, expected: str) -> None:
    """Should round and write as a reader expects."""
    assert shown == expected


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
