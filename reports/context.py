"""What every section needs: the data, the words, and small helpers that turn both into cells and labels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import polars as pl

from melflow.reports import rounding
from melflow.reports.column import Column
from melflow.reports.edition_data import UNKNOWN, EditionData
from melflow.reports.frame import Frame
from melflow.reports.intervals import percent_interval, points_interval
from melflow.reports.phrases import explained, say, say_or
from melflow.reports.reasons import told
from melflow.reports.restated import ROWS
from melflow.reports.vector import wrapped
from melflow.reports.words import Findings

Row = dict[str, Any]
T = TypeVar("T")


def in_order(data: EditionData, kind: str, there: Iterable[str]) -> list[str]:
    """Return the construct ids that are there in the framework's order; ids it does not know come last."""
    known, wanted = [construct.construct_id for construct in data.kind(kind)], set(there)
    return [key for key in known if key in wanted] + sorted(wanted - set(known))


@dataclass(frozen=True)
class Context:
    """The data of an edition with its language and the smallest group that may be published.

    Attributes:
        before: Data of the edition before this one, when the report says what changed since.
        restated: What that one showed otherwise (schema ``restated.ROWS``); nothing without one.
        frame: What the audience chose: indicators, periods, groups, currency.
        sections: Keys of the report's sections, in order; empty until they are put together.
    """

    data: EditionData
    findings: Findings
    language: str
    min_n: int
    before: EditionData | None = None
    restated: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=ROWS))
    frame: Frame = field(default_factory=Frame)
    sections: tuple[str, ...] = ()

    def say(self, key: str, **facts: object) -> str:
        """Return a phrase in the edition's language."""
        return say(self.language, key, **facts)

    @property
    def period(self) -> str:
        """Return the period's label."""
        return self.data.period.label

    @property
    def suppressed(self) -> str:
        """Return the word for a withheld number."""
        return self.say("suppressed")

    def count(self, value: float | None) -> str:
        """Return a count, or hours, as text."""
        digits = 0 if value is None or float(value).is_integer() else 1
        return rounding.number(value, digits, self.language)

    def points(self, value: float | None) -> str:
        """Return a score as text."""
        return rounding.points(value, self.language)

    def percent(self, value: float | None) -> str:
        """Return a share as text."""
        return rounding.percent(value, self.language)

    def interval(self, low: float | None, high: float | None) -> str:
        """Return an interval of points as text; a dash when there is none."""
        return rounding.NOTHING if low is None or high is None else points_interval(low, high, self.language)

    def share_interval(self, low: float | None, high: float | None) -> str:
        """Return an interval of shares as text; a dash when there is none."""
        return rounding.NOTHING if low is None or high is None else percent_interval(low, high, self.language)

    def part(self, title: str, number: int, portions: Sequence[object]) -> str:
        """Return a figure's title with its part, when there are several."""
        if len(portions) == 1:
            return title
        return self.say("figure.part", title=title, number=number, of=len(portions))

    def why(self, reason: str | None) -> str:
        """Return why there is no figure, as the marts say it, in the edition's language."""
        return told(self.language, reason)

    def meaning(self, column: Column) -> str:
        """Return what a column of a published table means, for the data dictionary."""
        return explained(self.language, "meaning", column.meaning)

    def unit(self, column: Column) -> str:
        """Return the unit of a column; empty for none."""
        return explained(self.language, "unit", column.unit)

    def joined(self, parts: Iterable[str]) -> str:
        """Return parts one after the other, with the language's semicolon between them."""
        return self.say("semicolon").join(parts)

    def construct(self, construct_id: str) -> str:
        """Return the audience's name of a construct; one that is better when low says so."""
        known = self.data.constructs.get(construct_id)
        label = say_or(self.language, f"dimension.{construct_id}", self.data.label(construct_id))
        return self.say("lower_is_better", label=label) if known and known.direction == "negative" else label

    def partner(self, partner_id: str) -> str:
        """Return a partner's name; rows that belong to nobody are not assigned."""
        return self.say(UNKNOWN) if partner_id == UNKNOWN else self.data.partner(partner_id)

    def dyad_label(self, dyad_id: str, width: int = 32) -> str:
        """Return a dyad's label for a chart: A above B, each on one line after the mark of its view."""
        name_a, name_b = self.data.dyad_names(dyad_id)
        return f"● {wrapped(name_a, width, 1)}\n■ {wrapped(name_b, width, 1)}"

    def dyad_text(self, dyad_id: str) -> str:
        """Return a dyad's label for a table cell."""
        name_a, name_b = self.data.dyad_names(dyad_id)
        return f"{name_a} – {name_b}"  # noqa: RUF001 - an en dash joins two names

    def unique(self, ids: Sequence[str], width: int = 26, lines: int = 2) -> dict[str, str]:
        """Return partner id -> label for a chart; labels that became alike by cutting carry the id."""
        labels = {key: wrapped(self.partner(key), width, lines) for key in ids}
        seen = list(labels.values())
        return {key: label if seen.count(label) == 1 else f"{label}\n({key})" for key, label in labels.items()}

    def dyad_labels(self, ids: Sequence[str], width: int = 32) -> dict[str, str]:
        """Return dyad id -> label for a chart; labels that became alike by cutting carry the id."""
        labels = {key: self.dyad_label(key, width) for key in ids}
        seen = list(labels.values())
        return {key: label if seen.count(label) == 1 else f"{label} ({key})" for key, label in labels.items()}


def pages(items: Sequence[T], size: int) -> list[Sequence[T]]:
    """Return the items in portions that fit on a page, none much shorter than another."""
    if not items:
        return []
    count = -(-len(items) // size)
    length = -(-len(items) // count)
    return [items[start : start + length] for start in range(0, len(items), length)]
