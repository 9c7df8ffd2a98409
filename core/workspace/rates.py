"""rates.csv: exchange rates the alliance declares, each with its day and its source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from melflow.core.errors import Problem
from melflow.core.workspace.fields import Declared, Finding, IsoDate, Text, refuse, refuse_foreign_period


def _currency(value: str) -> str:
    if len(value) == 3 and value.isascii() and value.isalpha() and value.isupper():
        return value
    fix = "Write a code such as USD, EUR or KES."
    raise refuse(Finding("a currency is a code of three capital letters (ISO 4217)", f"'{value}'", fix))


Currency = Annotated[Text, AfterValidator(_currency), Field(examples=["EUR", "USD"])]


class Rate(Declared):
    """What one unit of a currency was worth in another, for one period: a line of rates.csv."""

    currency: Currency = Field(description="Currency of the alliance's figures.")
    into: Currency = Field(description="Currency of the report.")
    period_id: Text = Field(description="Period whose amounts are converted with it.")
    rate: float = Field(gt=0, description="Units of 'into' for one unit of 'currency'.")
    dated: IsoDate = Field(description="Day the rate is of; of a mean, its last day.")
    source: Text = Field(description="Who set it, as the report prints it.", examples=["ECB, mean of the half-year"])

    @field_validator("into")
    @classmethod
    def _another(cls, value: str, info: ValidationInfo) -> str:
        if value == info.data.get("currency"):
            raise refuse(Finding("a rate leads to another currency", f"'{value}' twice", "Remove the line."))
        return value

    @field_validator("period_id")
    @classmethod
    def _in_the_calendar(cls, value: str, info: ValidationInfo) -> str:
        refuse_foreign_period(value, info)
        return value


def repeated_rates(rows: Sequence[tuple[str, Rate]]) -> Iterator[Problem]:
    """Yield second rates of the same currencies and period."""
    seen: dict[tuple[str, str, str], str] = {}
    for where, row in rows:
        key = (row.currency, row.into, row.period_id)
        if key in seen:
            rule, fix = "a currency, into and period_id stand only once", f"Keep one; the first is at {seen[key]}."
            yield Problem(where, rule, f"'{', '.join(key)}' again", fix)
        seen.setdefault(key, where)
