"""reports/<name>.yml: one report for one audience."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, ValidationInfo, field_validator
from pydantic.json_schema import SkipJsonSchema

from melflow.core.workspace.fields import (
    ConstructRef,
    Cron,
    Declared,
    Finding,
    Labels,
    LanguageRef,
    PublishLevel,
    Share,
    Text,
    refuse,
    refuse_foreign_period,
    refuse_repeats,
)

Section = Literal[
    "headlines", "capability", "health", "flow", "learning", "results", "dual", "members", "cycles", "needs", "map",
    "power", "expectations", "quality", "changes", "method",
]  # fmt: skip
Format = Literal["pdf", "html", "xlsx", "docx", "annex"]
#: Of every report that names none: what each alliance has.
ALL_SECTIONS: tuple[Section, ...] = ("headlines", "capability", "health", "flow", "quality", "method")


class GateOverride(Declared):
    """A report's own gate; what is left out comes from melflow.toml."""

    max_held_share: Share | None = Field(default=None, description="Largest share of rows held by checks, 0-1.")
    max_age_days: int | None = Field(default=None, ge=1, description="Oldest acceptable newest data, in days.")


class ReportConfig(Declared):
    """reports/<name>.yml, one report for one audience. The file's name is the report's name."""

    named_by_file: ClassVar[bool] = True

    name: SkipJsonSchema[str]
    title: Labels = Field(description="Title by language.", examples=[{"en": "Does peer learning deliver?"}])
    audience: Literal["funder"] = Field(description="For whom the report is made.")
    language: LanguageRef = Field(description="Language of the report; one of the alliance's.")
    period: Text = Field(default="latest", description="latest, or a period id.", examples=["latest", "2025-H1"])
    publish_level: PublishLevel = Field(
        default="funder", description="Figures whose partners agreed to at least this level."
    )
    sections: tuple[Section, ...] = Field(default=ALL_SECTIONS, min_length=1, description="Sections, in order.")
    formats: tuple[Format, ...] = Field(
        default=("pdf", "html", "xlsx"),
        min_length=1,
        description="Files to make; annex: the tables as CSV and Parquet.",
    )
    names: dict[ConstructRef, Text] = Field(
        default={},
        description="Construct id: the audience's own name for it.",
        examples=[{"trust": "Relational capital"}],
    )
    schedule: Cron | None = Field(default=None, description="When to make it; empty: only when asked.")
    gate: GateOverride = GateOverride()
    recipients: tuple[Text, ...] = Field(default=(), description="E-mail addresses.")

    @field_validator("language")
    @classmethod
    def _title_in_language(cls, value: str, info: ValidationInfo) -> str:
        title = info.data.get("title")
        if title is not None and value not in title:
            seen = f"a title in {', '.join(title)} only"
            fix = f"Add a line '{value}: …' under 'title', or change 'language'."
            raise refuse(Finding(f"the title is given in the report's language '{value}'", seen, fix))
        return value

    @field_validator("period")
    @classmethod
    def _period_of_calendar(cls, value: str, info: ValidationInfo) -> str:
        refuse_foreign_period(value, info, "latest")
        return value

    @field_validator("sections", "formats")
    @classmethod
    def _each_once(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        refuse_repeats(value, "section" if info.field_name == "sections" else "format")
        return value

    @field_validator("recipients")
    @classmethod
    def _addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        wrong = [number for number, address in enumerate(value) if address.count("@") != 1 or " " in address]
        if wrong:
            rule, fix = "a recipient is an e-mail address", "Write one address per line, such as 'name@example.org'."
            raise refuse(*(Finding(rule, "text that is not one address", fix, (number,)) for number in wrong))
        return value
