"""partners.csv and aliases.csv: the organisations, and other names they are known by."""

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
    """Another name of a partner, and who decided that it is one: a line of aliases.csv."""

    raw_name: Text = Field(description="The name as it appears in the data; case and accents do not matter.")
    partner_id: PartnerRef = Field(description="Whose name it is: a partner_id of partners.csv.")
    valid_from: IsoDate | None = Field(
        default=None, description="First day the name meant this partner; empty: always."
    )
    valid_to: IsoDate | None = Field(default=None, description="Last day the name meant this partner; empty: still.")
    decided_by: Text | None = Field(default=None, description="Who decided that the name means this partner.")

    @field_validator("valid_to")
    @classmethod
    def _ends_after_start(cls, value: date | None, info: ValidationInfo) -> date | None:
        refuse_earlier(value, info.data.get("valid_from"), "valid_to", "valid_from")
        return value

    def covers(self, day: date) -> bool:
        """Say whether the name meant this partner on the day."""
        return (self.valid_from or date.min) <= day <= (self.valid_to or date.max)
