"""partners.csv, aliases.csv and invited.csv: the organisations, their other names, and the people they asked."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from melflow.core.workspace.fields import (
    Declared,
    Identifier,
    IsoDate,
    Language,
    PartnerRef,
    Text,
    refuse_earlier,
    refuse_foreign_period,
)

PartnerType = Literal[
    "research",
    "government",
    "municipality",
    "ngo",
    "community_organisation",
    "farmer_organisation",
    "private",
    "donor",
    "multilateral",
    "network",
    "other",
]


class Partner(Declared):
    """One organisation: a line of partners.csv."""

    partner_id: Identifier = Field(description="Short id; never reused.", examples=["city_of_lumen"])
    name: Text = Field(description="Name as reports print it.")
    type: PartnerType = Field(description="Kind of organisation.")
    country: Text = Field(description="Country, written the same way on every line.")
    joined_on: IsoDate = Field(description="First day in the alliance.")
    left_on: IsoDate | None = Field(default=None, description="Last day in the alliance; empty: still a member.")
    non_traditional: Literal["yes", "no"] | None = Field(
        default=None, description="yes: a kind of actor that learning was not organised with before; empty: not said."
    )
    contact: Text | None = Field(
        default=None, description="Whom the data officer writes to; personal data, never published."
    )
    language: Language | None = Field(default=None, description="Language of what is sent back to the partner.")

    @field_validator("left_on")
    @classmethod
    def _leaves_after_joining(cls, value: date | None, info: ValidationInfo) -> date | None:
        refuse_earlier(value, info.data.get("joined_on"), "left_on", "joined_on")
        return value


class Alias(Declared):
    """Another name of a partner, or the partner it became; and who decided it: a line of aliases.csv."""

    raw_name: Text = Field(
        description="The name as it appears in the data; case and accents do not matter. Also an e-mail address, or a "
        "domain such as @water.example. Of a succession: the partner that ended."
    )
    partner_id: PartnerRef = Field(description="Whose name it is: a partner_id of partners.csv.")
    valid_from: IsoDate | None = Field(
        default=None,
        description="First day the name meant this partner; of a succession its own. Empty: always.",
    )
    valid_to: IsoDate | None = Field(default=None, description="Last day the name meant this partner; empty: still.")
    decided_by: Text | None = Field(default=None, description="Who decided that the name means this partner.")
    succession: Literal["rename", "merger"] | None = Field(
        default=None,
        description="raw_name is a partner of partners.csv that became partner_id on valid_from: under a new name, or "
        "merged into it. Rows from that day on count for partner_id. Empty: just another name.",
    )

    @field_validator("valid_to")
    @classmethod
    def _ends_after_start(cls, value: date | None, info: ValidationInfo) -> date | None:
        refuse_earlier(value, info.data.get("valid_from"), "valid_to", "valid_from")
        return value

    def covers(self, day: date) -> bool:
        """Say whether the name meant this partner on the day."""
        return (self.valid_from or date.min) <= day <= (self.valid_to or date.max)


class Invitation(Declared):
    """How many people of a partner were asked to fill in a form in a period: a line of invited.csv."""

    partner_id: PartnerRef = Field(description="Whose people were asked: a partner_id of partners.csv.")
    instrument: Text = Field(description="The form: its form_id.")
    period_id: Text = Field(description="Period in which they were asked.")
    n_invited: int = Field(ge=1, description="How many people were asked.")
    about_partner_id: PartnerRef | None = Field(
        default=None, description="The partner they were asked about; empty: their own organisation."
    )

    @field_validator("period_id")
    @classmethod
    def _in_the_calendar(cls, value: str, info: ValidationInfo) -> str:
        refuse_foreign_period(value, info)
        return value
