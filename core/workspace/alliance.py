"""melflow.toml: the alliance, its calendar, privacy thresholds, warehouse and gates."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from melflow.core.calendar import EXAMPLES, CalendarKind, make_periods, ordinal
from melflow.core.names import choose
from melflow.core.workspace.checks import Checks
from melflow.core.workspace.fields import (
    Declared,
    Finding,
    Identifier,
    InsidePath,
    IsoDate,
    Language,
    Share,
    Text,
    refuse,
    refuse_repeats,
)
from melflow.core.workspace.iati import Iati
from melflow.core.workspace.mail import Clock, Mail
from melflow.core.workspace.reply import Reply
from melflow.core.workspace.report_delivery import Delivery


def _time_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        close = choose(value, available_timezones())
        fix = close if close.startswith("Did") else "Write an IANA name such as 'America/Bogota' or 'UTC'."
        raise refuse(Finding("a time zone is a name of the IANA list", f"'{value}'", fix)) from error
    return value


class Alliance(Declared):
    """Who the alliance is."""

    id: Identifier = Field(description="Short id of the alliance.", examples=["rio_alto"])
    name: Text = Field(description="Name as reports print it.", examples=["Río Alto Learning Alliance"])
    description: str = Field(default="", description="One or two sentences for the first page of reports.")
    descriptions: dict[Language, Text] = Field(default={}, description="The same by language, for editions in others.")
    time_zone: Annotated[Text, AfterValidator(_time_zone)] = Field(
        default="UTC", description="IANA time zone of schedules and of printed times.", examples=["America/Bogota"]
    )
    languages: tuple[Language, ...] = Field(
        default=("en",),
        min_length=1,
        description="Languages of reports; the first is the default.",
        examples=[["en", "es"]],
    )

    @field_validator("languages")
    @classmethod
    def _languages_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        refuse_repeats(value, "language")
        return value


class Calendar(Declared):
    """The reporting periods."""

    kind: CalendarKind = Field(description="Length of a reporting period.")
    first: Text = Field(description="First period.", examples=["2024-H2", "2024-Q3", "2024"])
    last: Text = Field(description="Last period; move it on when a new period begins.", examples=["2026-H1"])
    fiscal_start_month: int = Field(
        default=1, ge=1, le=12, description="Month in which a year starts; 7: the year 2024 starts in July 2024."
    )

    @field_validator("first", "last")
    @classmethod
    def _is_a_period(cls, value: str, info: ValidationInfo) -> str:
        kind = info.data.get("kind")
        if kind is None:  # already a problem of its own
            return value
        try:
            number = ordinal(kind, value)
        except ValueError as error:
            rule, fix = f"a period of a {kind} calendar looks like '{EXAMPLES[kind]}'", f"Write '{EXAMPLES[kind]}'."
            raise refuse(Finding(rule, f"'{value}'", fix)) from error
        first = info.data.get("first")
        if first is not None and number < ordinal(kind, first):
            rule, fix = "'last' is not before 'first'", f"Write '{first}' or a later period."
            raise refuse(Finding(rule, f"'{value}', first '{first}'", fix))
        return value


class Privacy(Declared):
    """How small a group may be shown, and where the secret of pseudonyms comes from."""

    #: Fewer than four people are known to within one from "fewer than four".
    min_n_published: int = Field(default=10, ge=5, description="Fewest respondents behind a published figure (F40).")
    min_n_programme: int = Field(
        default=5, ge=3, description="Fewest respondents behind a figure shown inside the programme."
    )
    dominance_percent: float = Field(
        default=10,
        ge=1,
        le=100,
        description="Percent of a sum's largest part that must be left of it without its two largest ones (F40).",
    )
    hash_key_env: str = Field(
        default="MELFLOW_HASH_KEY",
        pattern=r"^[A-Za-z_][A-Za-z0-9_]*$",
        description="Name of the environment variable with the secret of pseudonyms. Never the secret itself.",
    )

    @field_validator("min_n_programme")
    @classmethod
    def _programme_not_stricter(cls, value: int, info: ValidationInfo) -> int:
        published = info.data.get("min_n_published")
        if published is not None and value > published:
            rule = "'min_n_programme' is not above 'min_n_published'"
            raise refuse(Finding(rule, f"{value} above {published}", f"Write {published} or less."))
        return value


class Warehouse(Declared):
    """Where the tables are kept."""

    path: InsidePath = Field(default="var/warehouse.duckdb", description="DuckDB file, relative to the workspace.")


class Gates(Declared):
    """When a report is held back instead of sent."""

    max_held_share: Share = Field(default=0.2, description="Largest share of rows held by checks, 0-1.")
    max_age_days: int = Field(default=400, ge=1, description="Oldest acceptable newest data, in days.")
    min_delivered_share: Share = Field(
        default=0.5, description="Smallest share of what was owed for the period (`melflow due`) that came, 0-1."
    )
    min_response_share: Share = Field(
        default=0.0,
        description="Smallest share of the people asked who answered, where the number asked is known, 0-1.",
    )
    max_unresolved_names: int = Field(default=10, ge=0, description="Most names in the data that belong to no partner.")
    max_shrink_share: Share = Field(
        default=0.5, description="Largest share of a section's published rows that may be gone since the last edition."
    )
    max_silent_sources: int = Field(
        default=0, ge=0, description="Most sources of which nothing came for longer than 'every_periods' of theirs."
    )


class Needs(Declared):
    """Baselines of the needs survey that are locked."""

    frozen: dict[Text, IsoDate] = Field(
        default={},
        description="Period: the day its baseline was locked; nothing the survey server received later changes it.",
        examples=[{"2024-H2": "2025-01-31"}],
    )


class AllianceFile(Declared):
    """melflow.toml, the settings of one alliance."""

    alliance: Alliance
    calendar: Calendar
    privacy: Privacy = Privacy()
    warehouse: Warehouse = Warehouse()
    gates: Gates = Gates()
    clock: Clock = Clock()
    mail: Mail | None = Field(default=None, description="The mail server messages go out by; empty: none are sent.")
    delivery: Delivery = Delivery()
    checks: Checks = Checks()
    needs: Needs = Needs()
    iati: Iati | None = Field(
        default=None, description="What the IATI standard asks; only for reports with that format."
    )
    reply: Reply = Reply()

    @model_validator(mode="after")
    def _waves_exist(self) -> AllianceFile:
        calendar = self.calendar
        periods = {
            period.period_id
            for period in make_periods(calendar.kind, calendar.first, calendar.last, calendar.fiscal_start_month)
        }
        unknown = [(form, wave) for form, wave in self.checks.reference_wave.items() if wave not in periods]
        if unknown:
            rule = "a reference wave is a period of the calendar"
            raise refuse(
                *(
                    Finding(rule, f"'{wave}'", choose(wave, periods), ("checks", "reference_wave", form))
                    for form, wave in unknown
                )
            )
        return self

    @field_validator("needs")
    @classmethod
    def _frozen_in_calendar(cls, value: Needs, info: ValidationInfo) -> Needs:
        calendar = info.data.get("calendar")
        if calendar is None:  # already a problem of its own
            return value
        found = []
        for period in value.frozen:
            try:
                number = ordinal(calendar.kind, period)
                known = ordinal(calendar.kind, calendar.first) <= number <= ordinal(calendar.kind, calendar.last)
            except ValueError:
                known = False
            if not known:
                fix = f"Write a period from '{calendar.first}' to '{calendar.last}'."
                rule = "a locked baseline is of a period of the calendar"
                found.append(Finding(rule, f"'{period}'", fix, ("frozen", period)))
        if found:
            raise refuse(*found)
        return value
