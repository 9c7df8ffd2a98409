"""The part of a report's file that puts its figures into the audience's own frame: its years."""

from __future__ import annotations

from pydantic import Field, ValidationInfo, field_validator, model_validator

from melflow.core.workspace.fields import Declared, Finding, Text, refuse, refuse_foreign_period, refuse_repeats


class OwnPeriods(Declared):
    """The periods an audience counts in: its fiscal years, or some of the alliance's periods."""

    fiscal_year_starts: int | None = Field(
        default=None, ge=1, le=12, description="Month in which the audience's fiscal year starts, 1-12.", examples=[7]
    )
    shown: tuple[Text, ...] = Field(
        default=(),
        description="Or: periods of the alliance's calendar, side by side.",
        examples=[["2024-H2", "2025-H1"]],
    )

    @field_validator("shown")
    @classmethod
    def _of_the_calendar(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        refuse_repeats(value, "period")
        for period_id in value:
            refuse_foreign_period(period_id, info)
        return value

    @model_validator(mode="after")
    def _one_of_the_two(self) -> OwnPeriods:
        if (self.fiscal_year_starts is None) == (not self.shown):
            seen = "neither" if not self.shown else "both"
            fix = "Write 'fiscal_year_starts: 7' for years that start in July, or 'shown: [2024-H2, 2025-H1]'."
            rule = "own periods are fiscal years or a list of the alliance's periods"
            raise refuse(Finding(rule, f"{seen} of fiscal_year_starts and shown", fix))
        return self
