"""reports/<name>.yml: one report for one audience."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator
from pydantic.json_schema import SkipJsonSchema

from melflow.core.workspace.fields import (
    PUBLISH_ORDER,
    ConstructRef,
    Declared,
    Finding,
    IndicatorRef,
    Labels,
    LanguageRef,
    NamedRef,
    PartnerRef,
    PublishLevel,
    Share,
    Text,
    refuse,
    refuse_foreign_period,
    refuse_repeats,
)
from melflow.core.workspace.frames import OwnPeriods
from melflow.core.workspace.iati import Iati
from melflow.core.workspace.rates import Currency
from melflow.core.workspace.report_delivery import EVERYBODY, EmailAddress, Sending

Section = Literal[
    "headlines", "capability", "health", "flow", "network", "learning", "results", "dual", "members", "cycles", "needs",
    "map", "power", "expectations", "quality", "coverage", "held", "changes", "method", "glossary",
]  # fmt: skip
Format = Literal["pdf", "html", "xlsx", "docx", "annex", "iati"]
Audience = Literal["funder", "partner", "steering", "officer", "public"]
#: The narrowest level each audience may be shown; a partner is shown what concerns it, of what partners may see.
NARROWEST: dict[str, PublishLevel] = {
    "funder": "funder",
    "partner": "partners",
    "steering": "partners",
    "officer": "internal",
    "public": "public",
}
#: Sections about what came in and what is held, which quote rules and sources.
OFFICER_SECTIONS = ("coverage", "held")
#: Of every report that names none: what each alliance has.
ALL_SECTIONS: tuple[Section, ...] = ("headlines", "capability", "health", "flow", "quality", "method")


class GateOverride(Declared):
    """A report's own gate; what is left out comes from melflow.toml."""

    max_held_share: Share | None = Field(default=None, description="Largest share of rows held by checks, 0-1.")
    max_age_days: int | None = Field(default=None, ge=1, description="Oldest acceptable newest data, in days.")
    min_delivered_share: Share | None = Field(
        default=None, description="Smallest share of what was owed for the period that came, 0-1."
    )
    min_response_share: Share | None = Field(
        default=None, description="Smallest share of the people asked who answered, 0-1."
    )
    max_unresolved_names: int | None = Field(default=None, ge=0, description="Most names that belong to no partner.")
    max_shrink_share: Share | None = Field(
        default=None, description="Largest share of a section's published rows that may be gone since the last edition."
    )
    max_silent_sources: int | None = Field(
        default=None, ge=0, description="Most sources of which nothing came for longer than 'every_periods' of theirs."
    )


class ReportConfig(Sending):
    """reports/<name>.yml, one report for one audience. The file's name is the report's name."""

    named_by_file: ClassVar[bool] = True

    name: SkipJsonSchema[str]
    title: Labels = Field(description="Title by language.", examples=[{"en": "Does peer learning deliver?"}])
    audience: Audience = Field(
        description="For whom the report is made. partner: a return report, one edition for each partner with what "
        "concerns it. officer: the alliance's own data officer; it shows what is internal, and goes to nobody "
        "else than data_officer of melflow.toml [mail]."
    )
    partners: tuple[PartnerRef, ...] = Field(
        default=(), description="Of a return report: the partners it is made for; all members when empty."
    )
    language: LanguageRef | None = Field(
        default=None,
        description="Language of the report; one of the alliance's. A return report may leave it out: then each "
        "partner's is in its own language of partners.csv, else in the alliance's first.",
    )
    also_in: tuple[LanguageRef, ...] = Field(
        default=(), description="Further languages: an edition more in each.", examples=[["es", "fr"]]
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
        description="Files to make; annex: the tables as CSV and Parquet; iati: the results as IATI XML 2.03.",
    )
    names: dict[NamedRef, Text] = Field(
        default={},
        description="Construct or indicator id: the audience's own name for it.",
        examples=[{"trust": "Relational capital", "WC-01": "Committees with open books"}],
    )
    constructs: tuple[ConstructRef, ...] = Field(
        default=(), description="Constructs in the audience's order; those not named follow in the framework's."
    )
    indicators: tuple[IndicatorRef, ...] = Field(
        default=(), description="Indicators the audience wants, in its order; empty: all, by their codes."
    )
    disaggregation: tuple[Text, ...] = Field(
        default=(),
        description="Groups or dimensions the results are shown by, as the results write them; partner: each partner's "
        "own figures. Empty: totals only.",
        examples=[["partner", "women"]],
    )
    periods: OwnPeriods | None = Field(default=None, description="Fiscal years, or periods side by side.")
    currency: Currency | None = Field(
        default=None, description="Currency amounts are shown in, by the rates of rates.csv; empty: their own."
    )
    iati: Iati | None = Field(default=None, description="Settings of its IATI file; empty: those of melflow.toml.")
    narrative: Literal["optional", "required"] = Field(
        default="optional",
        description="required: without the team's words in narrative/<report>/<period>.md the gate holds the edition.",
    )
    gate: GateOverride = GateOverride()
    recipients: tuple[EmailAddress, ...] = Field(default=(), description="E-mail addresses; they get one message.")

    @model_validator(mode="after")
    def _has_a_language(self) -> Self:
        if self.language is None and self.audience != "partner":
            rule, fix = "a report says its language, unless it is a return report", "Write 'language: …'."
            raise refuse(Finding(rule, "no language", fix, ("language",)))
        if self.language is None and self.also_in:
            rule, fix = "further languages stand beside the report's own", "Write 'language: …', or leave also_in out."
            raise refuse(Finding(rule, "no language", fix, ("language",)))
        if self.also_in and self.formats == ("iati",):
            rule = "an IATI file speaks every language of its report; further editions need another format"
            fix = "Add a format such as pdf; leave also_in as it is, the file follows it."
            raise refuse(Finding(rule, "iati alone", fix, ("formats",)))
        return self

    @field_validator("language", "also_in")
    @classmethod
    def _title_in_language(
        cls, value: str | tuple[str, ...] | None, info: ValidationInfo
    ) -> str | tuple[str, ...] | None:
        title = info.data.get("title")
        for language in [value] if isinstance(value, str) else value or ():
            if title is not None and language not in title:
                seen = f"a title in {', '.join(title)} only"
                fix = f"Add a line '{language}: …' under 'title', or change '{info.field_name}'."
                raise refuse(Finding(f"the title is given in the report's language '{language}'", seen, fix))
        return value

    @field_validator("also_in")
    @classmethod
    def _other_languages(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        refuse_repeats((info.data.get("language") or "", *value), "language")
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

    @field_validator("sections", "formats", "constructs", "indicators", "disaggregation")
    @classmethod
    def _each_once(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        refuse_repeats(value, {"disaggregation": "group"}.get(str(info.field_name), str(info.field_name)[:-1]))
        return value

    @field_validator("sections")
    @classmethod
    def _for_the_officer(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        inner = [number for number, section in enumerate(value) if section in OFFICER_SECTIONS]
        audience = info.data.get("audience")
        if inner and audience not in (None, "officer"):
            rule = "what is held and what came is for the data officer"
            fix = "Write 'audience: officer', or leave it out."
            raise refuse(*(Finding(rule, f"'{value[n]}' for the audience '{audience}'", fix, (n,)) for n in inner))
        return value

    @field_validator("formats")
    @classmethod
    def _iati_of_the_alliance(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if "iati" in value and info.data.get("audience") in ("partner", "officer"):
            rule, fix = "an IATI file is of the alliance and goes out", "Ask for it in a funder's or a public report."
            raise refuse(Finding(rule, f"the audience '{info.data['audience']}'", fix, (value.index("iati"),)))
        return value

    @model_validator(mode="after")
    def _each_in_one_group(self) -> Self:
        """Let nobody get an edition twice."""
        group_of = {address.casefold(): EVERYBODY for address in self.recipients}
        found: list[Finding] = []
        for name, group in self.groups.items():
            for number, address in enumerate(group.to):
                if (other := group_of.setdefault(address.casefold(), name)) != name:
                    rule, fix = "an address is in one group of a report", "Remove it from one of the two."
                    seen = f"one in '{other}' and in '{name}'"
                    found.append(Finding(rule, seen, fix, ("groups", name, "to", number)))
        if found:
            raise refuse(*found)
        return self

    @model_validator(mode="after")
    def _to_the_partner(self) -> Self:
        """Keep what a partner said of the others from whoever is in a list."""
        if self.audience == "partner" and (self.recipients or self.groups):
            rule = "a return report goes to its partner's contact in partners.csv, and to nobody else"
            raise refuse(Finding(rule, "other recipients", "Remove 'recipients' and 'groups'."))
        return self
