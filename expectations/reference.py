"""What the checks must know about the alliance, as plain data: this room reads no workspace."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

#: What an earlier figure is compared by.
KNOWN_RESULT = ("indicator_id", "partner_id", "dyad_id", "disaggregation", "period_id", "actual")


def _nobody(_raw: str) -> str | None:
    return None


@dataclass(frozen=True)
class Reference:
    """The alliance's registry and calendar.

    Attributes:
        partners: Known partner ids.
        periods: Period id -> first and last day.
        nearest: The registry's name nearest to one that was not found, for remedies.
        partnerships: Known partnership ids.
        members: Partner id -> first and last day in the alliance; None: still a member.
        dyads: Dyad id -> its two partners.
        cumulative: Indicators whose figures are totals to date.
        results: Figures that are in the warehouse already (columns ``KNOWN_RESULT``); None for none.
        constructs: Id -> kind of what the framework names.
        units: Indicator id -> words for its unit, folded.
    """

    partners: frozenset[str]
    periods: Mapping[str, tuple[date, date]] = field(default_factory=dict)
    nearest: Callable[[str], str | None] = _nobody
    partnerships: frozenset[str] = frozenset()
    members: Mapping[str, tuple[date, date | None]] = field(default_factory=dict)
    dyads: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    cumulative: frozenset[str] = frozenset()
    results: pl.DataFrame | None = None
    constructs: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def first_day(self) -> str:
        """First day of the calendar, ISO 8601; empty without periods."""
        return min((first.isoformat() for first, _ in self.periods.values()), default="")

    @property
    def last_day(self) -> str:
        """Last day of the calendar, ISO 8601; empty without periods."""
        return max((last.isoformat() for _, last in self.periods.values()), default="")
