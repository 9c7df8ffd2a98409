"""framework.yml: what is measured (capabilities, levels, health dimensions) and the thresholds of the formulas."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

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
#: Likewise, but read with the answers: which event a feedback form is about, and 0-10 whether one recommends it (F14).
ANSWER_ROLES = ("event", "recommend")


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
    change_points: float = Field(
        default=10, gt=0, le=100, description="Smallest move of a person that counts as one, points (F12)."
    )
    na_policy: Literal["listwise", "pairwise"] = Field(
        default="listwise",
        description="Reliability from people who answered every item, or from each pair of items by itself (F4, F5).",
    )
    answer_days: int = Field(
        default=30, ge=1, le=3660, description="Days within which an exchange is answered in time (F25)."
    )
    match_days: int = Field(
        default=1, ge=0, le=31, description="Days by which two sides' reports of one exchange may differ."
    )
    match_quantity_share: float = Field(
        default=0.5, gt=0, le=1, description="Share of the larger quantity that the other side's must reach, likewise."
    )
    on_track_from: float = Field(
        default=90, gt=0, le=150, description="Result index from which a result is on track (F34)."
    )
    behind_from: float = Field(
        default=60, ge=0, le=150, description="Result index from which a result is behind, below it off track (F34)."
    )
    health_high_from: float = Field(default=60, ge=0, le=100, description="Health that is high, points (F38).")
    result_high_from: float = Field(default=75, ge=0, le=150, description="Mean result index that is high (F38).")
    echo_trust_from: float = Field(default=70, ge=0, le=100, description="Trust from which an echo is looked for.")
    echo_challenge_below: float = Field(default=50, ge=0, le=100, description="Challenge that is little, points.")
    echo_novelty_below: Share = Field(default=0.2, description="Share of new learning that is little, 0-1.")
    confidence: float = Field(default=0.95, ge=0.5, lt=1, description="Confidence of intervals (F3, F8, F15).")


class EarlierThresholds(Declared):
    """Cuts of an earlier version that differed; what is not written was as it is now."""

    min_answered: Share | None = Field(default=None, gt=0, description="Share of relevant items to answer (F1b).")
    positive_from: float | None = Field(default=None, ge=0, le=100, description="Positive from here on, points (F7).")
    imbalance_points: float | None = Field(default=None, ge=0, le=100, description="Smallest imbalance, points (F15).")
    change_points: float | None = Field(default=None, gt=0, le=100, description="Smallest move, points (F12).")
    answer_days: int | None = Field(default=None, ge=1, le=3660, description="Days for an answer in time (F25).")
    on_track_from: float | None = Field(default=None, gt=0, le=150, description="On track from here on (F34).")
    behind_from: float | None = Field(default=None, ge=0, le=150, description="Behind from here on (F34).")
    health_high_from: float | None = Field(default=None, ge=0, le=100, description="High health, points (F38).")
    result_high_from: float | None = Field(default=None, ge=0, le=150, description="High result index (F38).")
    echo_trust_from: float | None = Field(default=None, ge=0, le=100, description="Trust an echo needs, points.")
    echo_challenge_below: float | None = Field(default=None, ge=0, le=100, description="Little challenge, points.")
    echo_novelty_below: Share | None = Field(default=None, description="Little new learning, 0-1.")


class EarlierFramework(Declared):
    """What the alliance measured before; a list that is not written was as it is now."""

    version: Text = Field(description="Version of the framework.", examples=["1"])
    valid_from: IsoDate = Field(description="First day this version applied.", examples=["2024-07-01"])
    capabilities: tuple[Construct, ...] | None = Field(default=None, description="Capabilities of a partner.")
    levels: tuple[Construct, ...] | None = Field(default=None, description="Levels at which a capability shows.")
    health_dimensions: tuple[HealthDimension, ...] | None = Field(
        default=None, description="Dimensions of a partnership's health."
    )
    thresholds: EarlierThresholds = EarlierThresholds()


@dataclass(frozen=True)
class FrameworkVersion:
    """One version of the framework with the days it applies; periods before the first version have the first.

    Attributes:
        version: Its name.
        valid_from: First day.
        valid_to: Last day; None for the current version.
        ids: The constructs it has.
        thresholds: Its cuts.
    """

    version: str
    valid_from: date
    valid_to: date | None
    ids: frozenset[str]
    thresholds: Thresholds


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
    needs: tuple[Construct, ...] = Field(
        default=(), description="Topics of the needs survey; demands and advice are coded to them too."
    )
    feedback: tuple[Construct, ...] = Field(default=(), description="What participants say of an event's method.")
    influence_dimension: Identifier | None = Field(
        default="power_shared", validate_default=True,
        description="Health dimension that says how much say each side feels it has; shown beside logged power.",
    )  # fmt: skip
    thresholds: Thresholds = Thresholds()
    earlier: tuple[EarlierFramework, ...] = Field(
        default=(), description="Versions before this one, with what differed; their periods keep what they had."
    )

    @field_validator("capabilities", "levels", "health_dimensions", "expectations", "needs", "feedback")
    @classmethod
    def _ids_once(cls, value: tuple[Construct, ...], info: ValidationInfo) -> tuple[Construct, ...]:
        refuse_repeats((construct.id for construct in value), "construct", "id")
        taken = {other.id: name for name, group in info.data.items() if isinstance(group, tuple) for other in group}
        taken |= dict.fromkeys((*ROLES, *ANSWER_ROLES), "the roles of items")
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

    @model_validator(mode="after")
    def _earlier_is_earlier(self) -> Framework:
        known = {construct.id: kind for kind, construct in self._current()}
        found: list[Finding] = []
        for number, past in enumerate(self.earlier):
            place = ("earlier", number)
            others: list[Framework | EarlierFramework] = [self, *self.earlier[:number]]
            if past.valid_from >= self.valid_from or any(past.valid_from == other.valid_from for other in others):
                rule, fix = "each version begins on another day, the current one last", "Correct one of the dates."
                found.append(Finding(rule, f"{past.valid_from} again or too late", fix, (*place, "valid_from")))
            if any(past.version == other.version for other in others):
                fix = "Give each version its own name."
                found.append(Finding("a version stands only once", f"'{past.version}' again", fix, (*place, "version")))
            for kind, construct in _own(past):
                if known.setdefault(construct.id, kind) != kind or construct.id in (*ROLES, *ANSWER_ROLES):
                    rule, fix = "a construct's id is not used for anything else", "Give it another id."
                    found.append(Finding(rule, f"'{construct.id}'", fix, place))
        if found:
            raise refuse(*found)
        return self

    def constructs(self) -> Iterator[tuple[str, Construct]]:
        """Yield (kind, construct) in order, those of earlier versions last.

        The kind is capability, level, health_dimension, expectation, need or feedback.
        """
        seen: set[str] = set()
        past = (entry for version in sorted(self.earlier, key=lambda one: one.valid_from) for entry in _own(version))
        for kind, construct in (*self._current(), *past):
            if construct.id not in seen:
                seen.add(construct.id)
                yield kind, construct

    def versions(self) -> tuple[FrameworkVersion, ...]:
        """Return every version, the oldest first, the current one last."""
        now = {kind: frozenset(one.id for of, one in self._current() if of == kind) for kind in _LISTS}
        always = frozenset(one.id for kind, one in self._current() if kind not in _LISTS)
        past = sorted(self.earlier, key=lambda one: one.valid_from)
        starts = [*(one.valid_from for one in past), self.valid_from]
        ends = [start - timedelta(days=1) for start in starts[1:]]
        found = []
        for version, end in zip(past, ends, strict=True):
            own = {kind: getattr(version, name) for kind, name in _LISTS.items()}
            ids = (now[kind] if ones is None else {one.id for one in ones} for kind, ones in own.items())
            cuts = self.thresholds.model_copy(update=version.thresholds.model_dump(exclude_none=True))
            found.append(FrameworkVersion(version.version, version.valid_from, end, always.union(*ids), cuts))
        ids_now = always.union(*now.values())
        return (*found, FrameworkVersion(self.version, self.valid_from, None, ids_now, self.thresholds))

    def in_force(self, day: date) -> FrameworkVersion:
        """Return the version that applies on a day; before the first version, the first."""
        versions = self.versions()
        return next((one for one in reversed(versions) if one.valid_from <= day), versions[0])

    def days_of(self, construct_id: str) -> tuple[date | None, date | None]:
        """Return the first and the last day on which the framework has a construct; None for an open end."""
        versions = self.versions()
        having = [number for number, one in enumerate(versions) if construct_id in one.ids]
        first = versions[having[0]].valid_from if having[0] > 0 else None
        return first, versions[having[-1]].valid_to

    def _current(self) -> Iterator[tuple[str, Construct]]:
        yield from (("capability", construct) for construct in self.capabilities)
        yield from (("level", construct) for construct in self.levels)
        yield from (("health_dimension", construct) for construct in self.health_dimensions)
        yield from (("expectation", construct) for construct in self.expectations)
        yield from (("need", construct) for construct in self.needs)
        yield from (("feedback", construct) for construct in self.feedback)


#: Kind of construct that has versions -> the list it stands in.
_LISTS = {"capability": "capabilities", "level": "levels", "health_dimension": "health_dimensions"}


def _own(version: EarlierFramework) -> Iterator[tuple[str, Construct]]:
    for kind, name in _LISTS.items():
        yield from ((kind, construct) for construct in getattr(version, name) or ())
