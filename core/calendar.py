"""Reporting periods of an alliance: their ids, their dates, and the period a date falls in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:  # only period_of needs polars
    import polars as pl

CalendarKind = Literal["half-year", "quarter", "year"]

MONTHS: dict[CalendarKind, int] = {"half-year": 6, "quarter": 3, "year": 12}
EXAMPLES: dict[CalendarKind, str] = {"half-year": "2024-H2", "quarter": "2024-Q3", "year": "2024"}
_PATTERNS: dict[CalendarKind, str] = {
    "half-year": r"((?:19|20|21)\d\d)-H([12])",
    "quarter": r"((?:19|20|21)\d\d)-Q([1-4])",
    "year": r"((?:19|20|21)\d\d)()",
}
_LETTERS: dict[CalendarKind, str] = {"half-year": "H", "quarter": "Q", "year": ""}
_MONTH_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Period(BaseModel):
    """One reporting period; both dates belong to it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    period_id: str
    starts_on: date
    ends_on: date
    label: str


def ordinal(kind: CalendarKind, period_id: str) -> int:
    """Return the running number of a period, so that the next period has the next number.

    Raises:
        ValueError: The id is not one of this kind of calendar.
    """
    match = re.fullmatch(_PATTERNS[kind], period_id)
    if match is None:
        raise ValueError(f"'{period_id}' is not a period of a {kind} calendar, such as '{EXAMPLES[kind]}'")
    return int(match[1]) * (12 // MONTHS[kind]) + int(match[2] or 1) - 1


def make_periods(kind: CalendarKind, first: str, last: str, fiscal_start_month: int = 1) -> tuple[Period, ...]:
    """Return every period from first to last, in order, without gaps.

    Args:
        kind: Length of a period: half-year, quarter or year.
        first: Id of the first period.
        last: Id of the last period.
        fiscal_start_month: 1-12; the month in which a year of the calendar starts. A year that starts in July 2024 is
            called 2024, and its first half (July to December) is 2024-H1.

    Raises:
        ValueError: An id is not one of this kind of calendar, or last is before first.
    """
    start, stop = ordinal(kind, first), ordinal(kind, last)
    if stop < start:
        raise ValueError(f"the last period '{last}' is before the first '{first}'")
    return tuple(_period(kind, number, fiscal_start_month) for number in range(start, stop + 1))


def period_of(dates: pl.Series, periods: Sequence[Period]) -> pl.Series:
    """Return the period id each date falls in; null for a null date and outside the calendar.

    Args:
        dates: Dates (polars Date).
        periods: Periods in order without gaps, as ``make_periods`` returns them.
    """
    import polars as pl

    first = periods[0]
    length = _month_number(first.ends_on) - _month_number(first.starts_on) + 1
    months = dates.dt.year().cast(pl.Int64) * 12 + dates.dt.month().cast(pl.Int64) - 1
    numbers = (months - _month_number(first.starts_on)) // length
    names = {number: period.period_id for number, period in enumerate(periods)}
    return numbers.replace_strict(names, default=None, return_dtype=pl.String).alias("period_id")


def _period(kind: CalendarKind, number: int, fiscal_start_month: int) -> Period:
    per_year = 12 // MONTHS[kind]
    year, part = divmod(number, per_year)
    begins = year * 12 + fiscal_start_month - 1 + part * MONTHS[kind]
    starts_on = _first_day(begins)
    ends_on = _first_day(begins + MONTHS[kind]) - timedelta(days=1)
    suffix = f"-{_LETTERS[kind]}{part + 1}" if per_year > 1 else ""
    return Period(
        period_id=f"{year:04d}{suffix}", starts_on=starts_on, ends_on=ends_on, label=months_label(starts_on, ends_on)
    )


def _first_day(month_number: int) -> date:
    return date(month_number // 12, month_number % 12 + 1, 1)


def _month_number(day: date) -> int:
    return day.year * 12 + day.month - 1


def months_label(starts_on: date, ends_on: date) -> str:
    """Return the label of a period: its months and year, the year alone for a calendar year."""
    if (starts_on.month, ends_on.month) == (1, 12):
        return str(starts_on.year)
    start, end = _MONTH_NAMES[starts_on.month - 1], _MONTH_NAMES[ends_on.month - 1]
    if starts_on.year == ends_on.year:
        return f"{start}-{end} {starts_on.year}"
    return f"{start} {starts_on.year}-{end} {ends_on.year}"
