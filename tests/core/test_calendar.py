from datetime import date, timedelta
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from melflow.core.calendar import CalendarKind, make_periods, ordinal, period_of

KINDS: dict[CalendarKind, tuple[str, str]] = {
    "half-year": ("2023-H2", "2026-H1"),
    "quarter": ("2023-Q4", "2026-Q1"),
    "year": ("2023", "2026"),
}


def test_make_periods__half_years() -> None:
    """Should list half-years with both their days and a label."""
    periods = make_periods("half-year", "2024-H2", "2025-H2")
    assert [period.period_id for period in periods] == ["2024-H2", "2025-H1", "2025-H2"]
    assert (periods[0].starts_on, periods[0].ends_on) == (date(2024, 7, 1), date(2024, 12, 31))
    assert [period.label for period in periods] == ["Jul-Dec 2024", "Jan-Jun 2025", "Jul-Dec 2025"]


def test_make_periods__fiscal_year() -> None:
    """Should start the year 2024 in the fiscal month of 2024 and run over the turn of the year."""
    year, *_ = make_periods("year", "2024", "2025", fiscal_start_month=7)
    assert (year.starts_on, year.ends_on, year.label) == (date(2024, 7, 1), date(2025, 6, 30), "Jul 2024-Jun 2025")
    half = make_periods("half-year", "2024-H2", "2024-H2", fiscal_start_month=7)[0]
    assert (half.starts_on, half.ends_on) == (date(2025, 1, 1), date(2025, 6, 30))
    assert make_periods("year", "2024", "2024")[0].label == "2024"


@given(st.sampled_from(sorted(KINDS)), st.integers(1, 12))
def test_make_periods__no_gaps(kind: CalendarKind, month: int) -> None:
    """Should leave no day out and count no day twice."""
    periods = make_periods(kind, *KINDS[kind], fiscal_start_month=month)
    for one, following in pairwise(periods):
        assert following.starts_on - one.ends_on == timedelta(days=1)


@given(st.sampled_from(sorted(KINDS)), st.integers(1, 12), st.dates(date(2022, 1, 1), date(2028, 1, 1)))
def test_period_of__agrees_with_dates(kind: CalendarKind, month: int, day: date) -> None:
    """Should name exactly the period whose days contain the date."""
    periods = make_periods(kind, *KINDS[kind], fiscal_start_month=month)
    inside: list[str | None] = [period.period_id for period in periods if period.starts_on <= day <= period.ends_on]
    assert period_of(pl.Series([day]), periods).to_list() == (inside or [None])


def test_period_of__nulls_and_outside() -> None:
    """Should leave null where there is no date or no period."""
    periods = make_periods("quarter", "2024-Q1", "2024-Q2")
    days = pl.Series([date(2023, 12, 31), date(2024, 1, 1), None, date(2024, 6, 30), date(2024, 7, 1)])
    assert period_of(days, periods).to_list() == [None, "2024-Q1", None, "2024-Q2", None]
    assert period_of(pl.Series([], dtype=pl.Date), periods).dtype == pl.String


@pytest.mark.parametrize(("kind", "text"), [("half-year", "2024-H3"), ("quarter", "2024-H1"), ("year", "24")])
def test_ordinal__wrong_id(kind: CalendarKind, text: str) -> None:
    """Should refuse an id of another calendar."""
    with pytest.raises(ValueError, match="not a period"):
        ordinal(kind, text)


def test_make_periods__backwards() -> None:
    """Should refuse a calendar that ends before it starts."""
    with pytest.raises(ValueError, match="before the first"):
        make_periods("year", "2025", "2024")
