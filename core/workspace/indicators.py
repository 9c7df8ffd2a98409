"""indicators.csv: what the alliance counts, in which unit, and what may be added up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from pydantic import Field

from melflow.core.errors import Problem
from melflow.core.names import fold
from melflow.core.workspace.fields import Declared, Text


class Indicator(Declared):
    """One indicator: a line of indicators.csv."""

    indicator_id: Text = Field(description="Its code, as results, targets and reports write it.", examples=["WC-01"])
    name: Text = Field(description="Name as reports print it.")
    definition: Text | None = Field(default=None, description="What counts and what does not, in a sentence.")
    unit: Text = Field(description="What is counted, such as committees or percent.")
    unit_words: Text | None = Field(
        default=None, description="Other words for the same unit, separated by ;", examples=["comités;comité"]
    )
    direction: Literal["rise", "fall"] = Field(description="rise: more is better. fall: less is better.")
    kind: Literal["cumulative", "non_cumulative", "non_summing"] = Field(
        description="cumulative: each figure is the total to date. non_cumulative: each is of its period alone, and "
        "periods add up. non_summing: a percentage, a mean, or people who may be counted by several partners; never "
        "added up."
    )
    baseline: float | None = Field(default=None, description="Value before the work; a sheet's own comes first.")
    disaggregated_by: Text | None = Field(default=None, description="Dimensions it is split by, separated by ;")
    tracking: Text | None = Field(default=None, description="How it is measured, in a sentence.")

    @property
    def units(self) -> frozenset[str]:
        """Every word for its unit, folded."""
        words = (self.unit, *(self.unit_words or "").split(";"))
        return frozenset(fold(word) for word in words if word.strip())


def repeated_indicators(rows: Sequence[tuple[str, Indicator]]) -> Iterator[Problem]:
    """Yield indicators whose code was used before."""
    seen: dict[str, str] = {}
    for where, indicator in rows:
        code = fold(indicator.indicator_id)
        if code in seen:
            fix = f"Give it a code of its own; the first is at {seen[code]}."
            yield Problem(where, "an indicator_id stands only once", f"'{indicator.indicator_id}' again", fix)
        seen.setdefault(code, where)
