"""partnerships.yml: who learns with whom, on which agenda, and how far results may be shown."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import combinations
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from melflow.core.workspace.fields import (
    PUBLISH_ORDER,
    Declared,
    Identifier,
    IsoDate,
    PartnerRef,
    PublishLevel,
    Share,
    Text,
    refuse_earlier,
    refuse_repeats,
)
from melflow.core.workspace.reply import Objection

SetUp = Literal["emergent", "facilitated", "imposed"]
Level = Literal["local", "subnational", "national", "international"]
Stands = Literal["stand_alone", "complement"]
Transparency = Literal["open", "partners_only", "closed"]


class Circumstances(Declared):
    """How a partnership was set up: known at its start, read beside its health, and never part of a score."""

    set_up: SetUp = Field(description="How the partnership came about.")
    funded_by: tuple[Text, ...] = Field(default=(), description="Who pays for it.")
    funding_tiers: int | None = Field(
        default=None,
        ge=0,
        le=20,
        description="Organisations the money passes between its first giver and the partners.",
    )
    decisions_delegated: Share | None = Field(
        default=None, description="Share of the decisions that the partners take without asking a funder, 0-1."
    )
    planned_months: int | None = Field(default=None, ge=1, description="How long it was meant to last, months.")
    level: Level | None = Field(default=None, description="Level of government or society at which the partners work.")
    stands: Stands | None = Field(default=None, description="On its own, or as a complement of another programme.")
    transparency: Transparency | None = Field(default=None, description="Who can read agreement, budget and results.")


class Member(Declared):
    """A partner in a partnership, and the part it is meant to play."""

    partner: PartnerRef = Field(description="A partner_id of partners.csv.")
    role: Literal["resource", "learner", "peer", "convenor"] = Field(
        description="resource gives know-how, learner asks for it, peer does both, convenor brings the others together."
    )


class Partnership(Circumstances):
    """Two or more partners with an agreed agenda."""

    id: Identifier = Field(description="Short id of the partnership.", examples=["water_twinning"])
    name: Text = Field(description="Name as reports print it.")
    agenda: Text = Field(description="What the partners want to learn from each other, in a sentence.")
    started_on: IsoDate = Field(description="First day of the partnership.", examples=["2024-07-01"])
    ended_on: IsoDate | None = Field(default=None, description="Last day; empty: it goes on.")
    publish_level: PublishLevel = Field(
        default="partners", description="How far figures about the partnership may go, as its partners agreed."
    )
    objection: Objection | None = Field(
        default=None,
        description="What a member's objection does to a figure about the partnership, as its partners agreed: attach "
        "or hold; empty: as melflow.toml [reply] says.",
    )
    members: tuple[Member, ...] = Field(min_length=2, description="The partners; each pair of them is a dyad.")

    @field_validator("ended_on")
    @classmethod
    def _ends_after_start(cls, value: date | None, info: ValidationInfo) -> date | None:
        refuse_earlier(value, info.data.get("started_on"), "ended_on", "started_on")
        return value

    @field_validator("members")
    @classmethod
    def _members_once(cls, value: tuple[Member, ...]) -> tuple[Member, ...]:
        refuse_repeats((member.partner for member in value), "member", "partner")
        return value


class PartnershipsFile(Declared):
    """partnerships.yml, all partnerships of the alliance."""

    partnerships: tuple[Partnership, ...] = Field(description="One entry per partnership; may be empty.")

    @field_validator("partnerships")
    @classmethod
    def _ids_once(cls, value: tuple[Partnership, ...]) -> tuple[Partnership, ...]:
        refuse_repeats((partnership.id for partnership in value), "partnership", "id")
        return value


class Dyad(Circumstances):
    """An unordered pair of partners that share at least one partnership; partner_a comes first in the alphabet."""

    dyad_id: str
    partner_a: str
    partner_b: str
    partnership_ids: tuple[str, ...]
    publish_level: PublishLevel
    started_on: date


def dyads_of(partnerships: Iterable[Partnership]) -> tuple[Dyad, ...]:
    """Return each pair of members once, sorted by id.

    A pair in several partnerships has the lowest of their publish levels, and circumstances and start of the earliest.
    """
    shared: dict[tuple[str, str], list[Partnership]] = {}
    for partnership in sorted(partnerships, key=lambda one: (one.started_on, one.id)):
        for pair in combinations(sorted(member.partner for member in partnership.members), 2):
            shared.setdefault(pair, []).append(partnership)
    return tuple(
        Dyad(
            dyad_id=f"{a}--{b}",
            partner_a=a,
            partner_b=b,
            partnership_ids=tuple(partnership.id for partnership in found),
            publish_level=min((partnership.publish_level for partnership in found), key=PUBLISH_ORDER.index),
            started_on=found[0].started_on,
            **{name: getattr(found[0], name) for name in Circumstances.model_fields},
        )
        for (a, b), found in sorted(shared.items())
    )
