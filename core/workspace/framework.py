"""framework.yml: what is measured (capabilities, levels, health dimensions) and the thresholds of the formulas."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from melflow.core.names import choose
from melflow.core.workspace.fields import (
    Declared,
    Finding,
    Identifier,
    IsoDate,
    Labels,
    Share,
    Text,
    refuse,
    refuse_repeats,
)

#: Used when the workspace has no framework.yml of its own.
SHIPPED = Path(__file__).with_name("framework.yml")

#: What an item may be besides a measure; no construct may take these words (see sources.xlsform).
ROLES = (*("partner", "about_partner", "about_partner_2", "respondent", "respondent_role", "consent", "collected_on"),)


class Construct(Declared):
    """Something that items measure."""

    id: Identifier = Field(description="Id that instruments use in mel_construct or mel_level.", examples=["trust"])
    label: Labels = Field(description="Name by language, as reports print it.")


class HealthDimension(Construct):
    """A side of a partnership's health."""

    direction: Literal["positive", "negative"] = Field(
        default="positive", description="negative: a high score is bad, as for mistrust."
    )


class Thresholds(Declared):
    """The cuts of the formulas; their values are part of every figure's config_hash."""

    min_answered: Share = Field(
        default=0.8, gt=0, description="Share of relevant items a respondent must answer (F1b)."
    )
    positive_from: float = Field(
        default=75, ge=0, le=100, description="Score from which an answer counts as positive (F7)."
    )
    imbalance_points: float = Field(
        default=10, ge=0, le=100, description="Smallest gap called an imbalance, points (F15)."
    )
    confidence: float = Field(default=0.95, ge=0.5, lt=1, description="Confidence of intervals (F3, F8, F15).")


class Framework(Declared):
    """framework.yml, what the alliance measures."""

    version: Text = Field(description="Version of the framework; change it with every change.", examples=["1"])
    valid_from: IsoDate = Field(description="First day this version applies.", examples=["2024-07-01"])
    capabilities: tuple[Construct, ...] = Field(min_length=1, description="Capabilities of a partner.")
    levels: tuple[Construct, ...] = Field(min_length=1, description="Levels at which a capability shows.")
    health_dimensions: tuple[HealthDimension, ...] = Field(
        min_length=1, description="Dimensions of a partnership's health."
    )
    expectations: tuple[Construct, ...] = Field(
        default=(), description="What the work may be for, asked of those who commission it and those who do it."
    )
    influence_dimension: Identifier | None = Field(
        default="power_shared", validate_default=True,
        description="Health dimension that says how much say each side feels it has; shown beside logged power.",
    )  # fmt: skip
    thresholds: Thresholds = Thresholds()

    @field_validator("capabilities", "levels", "health_dimensions", "expectations")
    @classmethod
    def _ids_once(cls, value: tuple[Construct, ...], info: ValidationInfo) -> tuple[Construct, ...]:
        refuse_repeats((construct.id for construct in value), "construct", "id")
        taken = {other.id: name for name, group in info.data.items() if isinstance(group, tuple) for other in group}
        taken |= dict.fromkeys(ROLES, "the roles of items")
        clashes = [(number, one.id) for number, one in enumerate(value) if one.id in taken]
        if clashes:
            rule, fix = "a construct's id is not used for anything else", "Give it another id."
            raise refuse(*(Finding(rule, f"'{i}', also in {taken[i]}", fix, (number, "id")) for number, i in clashes))
        return value

    @field_validator("influence_dimension")
    @classmethod
    def _influence_known(cls, value: str | None, info: ValidationInfo) -> str | None:
        dimensions = [one.id for one in info.data.get("health_dimensions", ())]
        default = cls.model_fields["influence_dimension"].default
        if not dimensions or value is None or value in dimensions:
            return value
        if value == default:  # a framework of other dimensions has not to say that it does without
            return None
        rule = "'influence_dimension' is one of the health dimensions"
        raise refuse(Finding(rule, f"'{value}'", choose(value, dimensions)))

    def constructs(self) -> Iterator[tuple[str, Construct]]:
        """Yield (kind, construct) in order; kind is capability, level, health_dimension or expectation."""
        yield from (("capability", construct) for construct in self.capabilities)
        yield from (("level", construct) for construct in self.levels)
        yield from (("health_dimension", construct) for construct in self.health_dimensions)
        yield from (("expectation", construct) for construct in self.expectations)
