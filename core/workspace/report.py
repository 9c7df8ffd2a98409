"""reports/<name>.yml: one report for one audience."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator
from pydantic.json_schema import SkipJsonSchema

from melflow.core.workspace.fields import (
    PUBLISH_ORDER,
    ConstructRef,
    Cron,
    Declared,
    Finding,
    Labels,
    LanguageRef,
    PartnerRef,
    PublishLevel,
    Share,
    Text,
    refuse,
    refuse_foreign_period,
    refuse_repeats,
)

Section = Literal[
    "headlines", "capability", "health", "flow", "learning", "results", "dual", "members", "cycles", "needs", "map",
    "power", "expectations", "quality", "changes", "method", "glossary",
]  # fmt: skip
Format = Literal["pdf", "html", "xlsx", "docx", "annex"]
Audience = Literal["funder", "partner", "steering", "public"]
#: The narrowest level each audience may be shown; a partner is shown what concerns it, of what partners may see.
NARROWEST: dict[str, PublishLevel] = {
    "funder": "funder",
    "partner": "partners",
    "steering": "partners",
    "public": "public",
}
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
    audience: Audience = Field(
        description="For whom the report is made. partner: a return report, one edition for each partner with what "
        "concerns it."
    )
    partners: tuple[PartnerRef, ...] = Field(
        default=(), description="Of a return report: the partners it is made for; all members when empty."
    )
    language: LanguageRef | None = Field(
        default=None,
        description="Language of the report; one of the alliance's. A return report may leave it out: then each "
        "partner's is in its own language of partners.csv, else in the alliance's first.",
    )
    period: Text = Field(default="latest", description="latest, or a period id.", examples=["latest", "2025-H1"])
    publish_level: PublishLevel = Field(
        default="funder",
        description="Figures whose partners agreed to at least this level; empty: what the audience may see.",
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
    narrative: Literal["optional", "required"] = Field(
        default="optional",
        description="required: without the team's words in narrative/<report>/<period>.md the gate holds the edition.",
    )
    schedule: Cron | None = Field(default=None, description="When to make it; empty: only when asked.")
    gate: GateOverride = GateOverride()
    recipients: tuple[Text, ...] = Field(default=(), description="E-mail addresses.")

    @model_validator(mode="after")
    def _has_a_language(self) -> Self:
        if self.language is None and self.audience != "partner":
            rule, fix = "a report says its language, unless it is a return report", "Write 'language: …'."
            raise refuse(Finding(rule, "no language", fix, ("language",)))
        return self

    @field_validator("language")
    @classmethod
    def _title_in_language(cls, value: str | None, info: ValidationInfo) -> str | None:
        title = info.data.get("title")
        if value is None:
            return None
        if title is not None and value not in title:
            seen = f"a title in {', '.join(title)} only"
            fix = f"Add a line '{value}: …' under 'title', or change 'language'."
            raise refuse(Finding(f"the title is given in the report's language '{value}'", seen, fix))
        return value

    @model_validator(mode="before")
    @classmethod
    def _as_the_audience(cls, given: Any) -> Any:
        """Let an absent publish level follow the audience."""
        if not isinstance(given, dict) or given.get("publish_level") is not None:
            return given
        return given | {"publish_level": NARROWEST.get(str(given.get("audience")), "public")}

    @field_validator("publish_level")
    @classmethod
    def _for_the_audience(cls, value: PublishLevel, info: ValidationInfo) -> PublishLevel:
        audience = info.data.get("audience")
        least = NARROWEST.get(audience or "")
        if least and PUBLISH_ORDER.index(value) < PUBLISH_ORDER.index(least):
            rule = f"a report for the audience '{audience}' shows what was agreed for it"
            raise refuse(Finding(rule, f"'{value}'", f"Write '{least}', or leave publish_level out."))
        return value

    @field_validator("partners")
    @classmethod
    def _of_a_return_report(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if value and info.data.get("audience") != "partner":
            rule, fix = "only a return report is made partner by partner", "Write 'audience: partner', or leave it out."
            raise refuse(Finding(rule, f"partners with the audience '{info.data.get('audience')}'", fix))
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
