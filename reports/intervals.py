"""What an interval allows to be claimed, and how it is written."""

from __future__ import annotations

from typing import Literal, NamedTuple

from melflow.reports import rounding
from melflow.reports.phrases import say

Movement = Literal["higher", "lower", "unclear"]


class Interval(NamedTuple):
    """A 95 % interval; without bounds nothing can be claimed."""

    low: float | None
    high: float | None

    def leans(self, centre: float) -> Movement:
        """Return on which side of a value the whole interval lies."""
        if self.low is None or self.high is None or self.low <= centre <= self.high:
            return "unclear"
        return "higher" if self.low > centre else "lower"

    def against(self, earlier: Interval) -> Movement:
        """Return whether this interval lies wholly above or below an earlier one."""
        if None in self or None in earlier:
            return "unclear"
        assert self.low is not None and self.high is not None
        assert earlier.low is not None and earlier.high is not None
        if self.low > earlier.high:
            return "higher"
        return "lower" if self.high < earlier.low else "unclear"


def points_interval(low: float | None, high: float | None, language: str) -> str:
    """Return an interval of points in words, such as "41 to 55"."""
    return _between(rounding.points(low, language), rounding.points(high, language), language)


def percent_interval(low: float | None, high: float | None, language: str) -> str:
    """Return an interval of shares in words, such as "41 % to 55 %"."""
    return _between(rounding.percent(low, language), rounding.percent(high, language), language)


def _between(low: str, high: str, language: str) -> str:
    """Return both ends in words; a page sorts them by the lower one."""
    text = f"{low} {say(language, 'to')} {high}"
    return rounding.Number(text, low.value) if isinstance(low, rounding.Number) else text
